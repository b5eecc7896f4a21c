# Start the Podman machine at login unless it runs already.   NAME PROVIDER SECONDS COMMAND...
# shellcheck disable=SC2154,SC2317 # machine/lib.sh stands before this, and machine/start.sh after it
if [ -n "$(hypervisor)" ]; then
    exit 0
fi
