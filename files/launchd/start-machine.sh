# Start the Podman machine at login unless it runs already.   NAME PROVIDER SECONDS COMMAND...
# shellcheck disable=SC2154,SC2317 # machine/lib.sh stands before this, and machine/start.sh after it
# At boot nobody has asked for the user's folder for temporary files yet: asking makes it.
getconf DARWIN_USER_TEMP_DIR >/dev/null
if [ -n "$(hypervisor)" ]; then
    exit 0
fi
