# Do one step of the new one's start; where it fails, the old one is put back.   STACK FROM TO MACHINE SECONDS first|again mac|guest SECONDS COMMAND...
# shellcheck disable=SC2154 # lib.sh stands before this
mode=$1 where=$2
shift 2
if [ "$(phase)" != brought ]; then
    echo "the stack $stack is not where it can be started: run carbon-fleet apply again" >&2
    exit 75
fi
old opens || :
new opens || put_back "$target cannot be reached"
said=$(mktemp "${TMPDIR:-/tmp}/carbon-fleet.XXXXXX") || exit 1
trap 'rm -f "$said"' EXIT
trap 'exit 143' HUP INT TERM
status=0
if [ "$where" = mac ]; then
    limited "$@" 2>"$said" || status=$?
else
    new enter "$@" 2>"$said" || status=$?
fi
[ "$status" -ne 124 ] || echo "it did not end within $1 seconds" >>"$said"
cat "$said" >&2
[ "$status" -ne 0 ] || exit 0
why="on $target it does not work ($(grep . "$said" | tail -n 1))"
if [ "$mode" = again ]; then
    # It may have run, and been written to, since the run that was cut off.
    echo "$why; it was begun by a run that was cut off, so nothing is taken away: the volumes on $source are as they were then" >&2
    exit 82
fi
put_back "$why"
