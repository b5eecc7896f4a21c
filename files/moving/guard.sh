# Do one step of the new one's start; where it fails, the old one is put back.   STACK FROM TO MACHINE SECONDS mac|guest COMMAND...
# shellcheck disable=SC2154 # lib.sh stands before this
where=$1
shift
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
    "$@" 2>"$said" || status=$?
else
    new enter "$@" 2>"$said" || status=$?
fi
cat "$said" >&2
[ "$status" -eq 0 ] || put_back "on $target it does not work ($(grep . "$said" | tail -n 1))"
