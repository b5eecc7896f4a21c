# Waits until a container is healthy; if it does not get so, its stack goes back to the units it had.  UNIT CONTAINER SECONDS healthy|running GRACE STACK KEPT FOLDER
# shellcheck disable=SC2034,SC2154  # lib.sh, which is put before this, reads and assigns them
stack=$6 place=$7/good folder=$8
settle "$1" "$2" "$3" "$4" "$5" && exit 0
failed=$trouble
last_words >&2
if ! differs "$stack" "$place"; then
    echo "$failed" >&2
    exit 1
fi
if go_back "$stack" "$place" "$3" >&2; then
    echo "$failed; the units that $stack had before are back, and work" >&2
    exit 86
fi
echo "$failed; with the units it had before $stack does not work either: $trouble" >&2
exit 87
