# Brings an image in by its digest and gives it our tag, if it is one that carbon-fleet built.  REFERENCE TAG LABEL USER INSECURE
set -eu
fetched=no
if ! podman image exists "$1"; then
    door "$1" "${4:-}" "${5:-no}"
    room "$1"
    podman pull ${tls:+"$tls"} --quiet "$1" </dev/null >/dev/null
    fetched=yes
fi
inputs=$(podman image inspect --format "{{index .Labels \"$3\"}}" "$1")
case $inputs in
'' | '<no value>')
    # One that was there before is somebody's.
    [ "$fetched" = no ] || podman image rm "$1" >/dev/null 2>&1 || :
    echo "$1 has no label $3: carbon-fleet did not build it; push one of its own images, and pull that" >&2
    exit 65
    ;;
esac
podman tag "$1" "$2"
