# Brings in an image that is not one of ours, before anything that runs is stopped for it.  REFERENCE USER INSECURE
set -eu
if ! podman image exists "$1"; then
    door "$1" "${2:-}" "${3:-no}"
    room "$1"
    podman pull ${tls:+"$tls"} --quiet "$1" </dev/null >/dev/null
fi
podman image exists "$1"
