# Lays an image out as files, a layer each, for other Macs to take: TAG LABEL AGAIN(yes: though it is laid out)
# Prints its id, inputs, architecture, manifest and blobs (sha256 and bytes); `missing` where there is no such image.
set -eu
umask 077
folder=/var/lib/carbon-fleet/spread/out

die() { printf '%s\n' "$*" >&2; exit 1; }

if ! podman image exists "$1"; then
    echo missing
    exit
fi
id=$(podman image inspect --format '{{.Id}}' "$1")
place=$folder/$id
mkdir -p "$folder"
# What a run that was killed left: nobody takes so long.
find "$folder" -mindepth 1 -maxdepth 1 -mtime +1 -exec rm -rf {} +
[ "$3" != yes ] || rm -rf "$place"
if [ ! -d "$place" ]; then
    bytes=$(podman image inspect --format '{{.Size}}' "$id")
    free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $((bytes / 1024 + 1048576)) ]; then
        die "$((free / 1024)) MiB are free on the builder's machine: to hand out the image $1 it needs" \
            "$((bytes / 1048576)) MiB for a while, and 1 GiB must stay free; enlarge \`machine.disk\`"
    fi
    part=$(mktemp -d "$folder/.part.XXXXXX")
    trap 'rm -rf "$part"' EXIT
    trap 'exit 143' HUP INT TERM
    # Not as OCI: podman would write the image's configuration anew, and its id is that configuration's digest.
    podman save --quiet --format docker-dir --output "$part/image" "$id" </dev/null >/dev/null
    [ -d "$place" ] || mv "$part/image" "$place"
fi
printf 'id %s\n' "$id"
printf 'inputs %s\n' "$(podman image inspect --format "{{index .Labels \"$2\"}}" "$id")"
printf 'architecture %s\n' "$(podman image inspect --format '{{.Architecture}}' "$id")"
printf 'manifest %s\n' "$(base64 <"$place/manifest.json" | tr -d '\n')"
for file in "$place"/*; do
    case ${file##*/} in
    manifest.json | version) ;;
    *) printf 'blob %s %s\n' "${file##*/}" "$(($(wc -c <"$file")))" ;;
    esac
done
