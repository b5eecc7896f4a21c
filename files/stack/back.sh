# Goes back to the units a stack had before; those it has now become the ones before.  STACK KEPT FOLDER SECONDS
# shellcheck disable=SC2034,SC2154  # lib.sh, which is put before this, reads and assigns them
stack=$1 place=$2 folder=$3
if differs "$stack" "$place/good"; then
    # What is in place was never seen to work as a whole: the good ones are those before it.
    go_back "$stack" "$place/good" "$4" >&2 && exit 0
    echo "with the units from before $stack does not work: $trouble" >&2
    exit 87
fi
if ! [ -d "$place/previous" ]; then
    echo "no units of $stack from before are kept: there is nothing to go back to" >&2
    exit 65
fi
if ! go_back "$stack" "$place/previous" "$4" >&2; then
    failed=$trouble
    [ -z "${container:-}" ] || last_words >&2
    if [ -d "$place/good" ] && go_back "$stack" "$place/good" "$4" >&2; then
        echo "with the units from before it does not work: $failed; the ones $stack had until now are back, and work" >&2
        exit 86
    fi
    echo "with the units from before it does not work: $failed; nor with those it had until now: $trouble" >&2
    exit 87
fi
rm -rf "$place/next"
if [ -d "$place/good" ]; then
    mv "$place/good" "$place/next"
fi
mv "$place/previous" "$place/good"
if [ -d "$place/next" ]; then
    mv "$place/next" "$place/previous"
fi
