# Start a Podman machine, or say why it did not come and leave nothing half started.   NAME PROVIDER SECONDS COMMAND...
# shellcheck disable=SC2154 # lib.sh stands before this and sets name, json, data, run and state
seconds=$1
shift
clean || exit $?
said=$(mktemp "${TMPDIR:-/tmp}/carbon-fleet.XXXXXX") || exit 1
trap 'rm -f "$said"' EXIT
trap 'exit 143' HUP INT TERM
status=0
within "$seconds" "$@" >"$said" 2>&1 || status=$?
if [ "$status" -eq 0 ]; then
    exit 0
fi
if [ "$status" -eq 125 ] && grep -q 'already running' "$said"; then
    exit 0
fi
# A guest that never came up has little to lose: podman's own 90 s of waiting for it are cut short.
if [ -n "$(hypervisor)" ]; then
    within 30 "$1" machine stop "$name" >/dev/null 2>&1
    for left in $(hypervisor); do
        end "$left"
    done
fi
clean
# The reason comes last: it is what a person is shown first.
if [ -s "$run/$name.log" ]; then
    echo "the last lines of the machine's console ($run/$name.log):" >&2
    tail -n 20 "$run/$name.log" >&2
fi
tail -n 20 "$said" >&2
if [ "$status" -eq 124 ]; then
    echo "the machine did not come up within $seconds s" >&2
fi
exit "$status"
