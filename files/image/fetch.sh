# Brings in an image that is not one of ours, before anything that runs is stopped for it.  REFERENCE
set -eu
if ! podman image exists "$1"; then
    room "$1"
    podman pull --quiet "$1" </dev/null >/dev/null
fi
podman image exists "$1"
