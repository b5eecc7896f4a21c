# Makes a volume of the tar on standard input, which must have this sha256.   VOLUME SHA256 OPTION...
set -eu
volume=$1 sum=$2
shift 2
# What an import that was cut off left: podman does not remove one that a container uses.
if podman volume exists "$volume"; then
    podman volume rm "$volume" >/dev/null
fi
podman volume create "$@" "$volume" >/dev/null
place=$(mktemp -d /var/tmp/carbon-fleet-import.XXXXXX)
trap 'rm -rf "$place"' EXIT
trap 'exit 143' HUP INT PIPE TERM
mkfifo "$place/pipe"
sha256sum <"$place/pipe" >"$place/sum" &
summing=$!
tee "$place/pipe" | { podman volume import "$volume" - || echo "podman volume import ended with $?" >"$place/failed"; cat >/dev/null; }
wait "$summing"
if [ -s "$place/failed" ]; then
    cat "$place/failed" >&2
    exit 74
fi
if [ "$(cut -c1-64 "$place/sum")" != "$sum" ]; then
    echo "what arrived in the machine is not what was sent (its sha256 differs)" >&2
    exit 74
fi
sync
