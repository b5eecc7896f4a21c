# Make a Podman machine, leaving a note until it is whole.   NAME PROVIDER IMAGE|"" COMMAND...
# shellcheck disable=SC2034,SC2154 # lib.sh stands before this: it sets name, json, data, run and state, and reads digest
image=$1
shift
if [ -e "$json" ]; then
    echo "$json is there already: somebody made this machine since it was looked at" >&2
    exit 75
fi
note mark making "$image" || exit 1
"$@" </dev/null || exit $?
digest=$(made_of "$@")
finish
