# Fills a volume from a tar on standard input: wholly, once its sha256 is right, or not at all.  VOLUME BYTES SHA256 REPLACE STACK
set -eu
volume=$1 bytes=$2 sum=$3 replace=$4 stack=$5
beside=carbon-fleet-import-$volume
data=''
used=$(podman ps --filter "volume=$volume" --format '{{.Names}}' | tr '\n' ' ')
if [ -n "$used" ]; then
    echo "the volume $volume is in use by ${used% }" >&2
    exit 71
fi
if podman volume exists "$volume"; then
    data=$(podman volume inspect --format '{{.Mountpoint}}' "$volume")
    # An import that was cut off between its two renames.
    [ -e "$data" ] || mv "$data.before" "$data"
    if [ "$replace" != yes ] && [ -n "$(ls -A "$data")" ]; then
        echo "the volume $volume is not empty" >&2
        exit 72
    fi
fi
free=$(df -Pk /var/lib/containers | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$((bytes / 1024))" ]; then
    echo "the volume needs $((bytes >> 20)) MiB, and $((free >> 10)) MiB are free in the machine" >&2
    exit 88
fi
place=$(mktemp -d /var/tmp/carbon-fleet-import.XXXXXX)
trap 'rm -rf "$place"; podman volume rm -f "$beside" >/dev/null 2>&1 || :' EXIT
trap 'exit 143' HUP INT PIPE TERM
podman volume rm -f "$beside" >/dev/null 2>&1 || :
podman volume create "$beside" >/dev/null
mkfifo "$place/pipe"
sha256sum <"$place/pipe" >"$place/sum" &
summing=$!
# What follows the archive's end is read too: it counts for the sha256.
tee "$place/pipe" | { podman volume import "$beside" - || echo "podman volume import ended with $?" >"$place/failed"; cat >/dev/null; }
wait "$summing"
if [ "$(cut -c1-64 "$place/sum")" != "$sum" ]; then
    echo "what arrived is not what was sent (its sha256 differs): the volume is as it was" >&2
    exit 74
fi
if [ -s "$place/failed" ]; then
    cat "$place/failed" >&2
    exit 74
fi
new=$(podman volume inspect --format '{{.Mountpoint}}' "$beside")
if [ -z "$data" ]; then
    podman volume create ${stack:+--label "io.carbon-fleet.stack=$stack"} "$volume" >/dev/null
    data=$(podman volume inspect --format '{{.Mountpoint}}' "$volume")
fi
sync
rm -rf "$data.before"
mv "$data" "$data.before"
mv "$new" "$data"
mkdir "$new"
rm -rf "$data.before"
