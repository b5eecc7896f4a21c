# Stop a Podman machine; one that is going down by itself is waited for.   NAME PROVIDER SECONDS COMMAND...
# shellcheck disable=SC2154 # lib.sh stands before this and sets name, json, data, run and state
seconds=$1
shift
forget_pid_file
status=0
within "$seconds" "$@" || status=$?
tries=0
while [ "$status" -ne 0 ] && [ -n "$(hypervisor)" ] && [ "$tries" -lt 150 ]; do
    sleep 0.2
    tries=$((tries + 1))
done
if [ -n "$(hypervisor)" ]; then
    echo "the machine $name still runs" >&2
    [ "$status" -ne 0 ] || status=1
    exit "$status"
fi
clean
