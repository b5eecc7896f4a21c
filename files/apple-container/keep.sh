# Keep a container running: launchd starts this again when it ends.   CONTAINER
# shellcheck disable=SC2154 # what is not set here is the libraries'
# Attached, it ends as the container does, and with its status: launchd's KeepAlive is the restart policy.
if ! answers; then
    "$cli" system start --disable-kernel-install --timeout 120 </dev/null >/dev/null 2>&1
fi
# Nothing attaches to one that somebody else started: it is waited for, and its end counts as a failure.
if runs "$1"; then
    while runs "$1"; do
        sleep 5
    done
    exit 1
fi
exec "$cli" start --attach "$1" </dev/null >/dev/null 2>&1
