# Remove a Podman machine, with consent given before, leaving a note until all of it is gone.   NAME PROVIDER COMMAND...
# shellcheck disable=SC2154 # lib.sh stands before this and sets name, json, data, run and state
note mark removing '' || exit 1
forget_pid_file
status=0
"$@" </dev/null || status=$?
# podman also fails for a missing connection after it has removed everything: what counts is that the machine is gone.
if [ -e "$json" ]; then
    [ "$status" -ne 0 ] || status=1
    exit "$status"
fi
clean
rm -f "$data/$name-arm64.raw" "$data/efi-bl-$name" "${json%.json}.ign" "$state.made" "$state.mark"
