# What of an image is not here yet: ID ALL(yes: also layers that are here) ARCHITECTURE; its blobs (sha256 bytes) as lines.
# Prints `there`, or for each blob `want SHA256 OFFSET` or `skip SHA256`.
set -eu
umask 077
folder=/var/lib/carbon-fleet/spread/in

die() { printf '%s\n' "$*" >&2; exit 1; }

fitting "$3"
if podman image exists "$1"; then
    echo there
    exit
fi
mkdir -p "$folder"
layers=
if [ "$2" != yes ]; then
    format='{{range .RootFS.Layers}}{{println .}}{{end}}'
    layers=$(podman images -aq --no-trunc | sort -u | xargs -r podman image inspect --format "$format") || :
fi
needed=0
while read -r blob bytes; do
    here=0
    case $layers in
    *"sha256:$blob"*)
        printf 'skip %s\n' "$blob"
        continue
        ;;
    esac
    # Kept under its own name only after its sum was right.
    if [ -f "$folder/$blob" ]; then
        printf 'skip %s\n' "$blob"
        needed=$((needed + bytes))
        continue
    fi
    if [ -f "$folder/$blob.part" ]; then
        here=$(($(wc -c <"$folder/$blob.part")))
        if [ "$here" -gt "$bytes" ]; then
            rm -f "$folder/$blob.part"
            here=0
        fi
    fi
    printf 'want %s %s\n' "$blob" "$here"
    needed=$((needed + bytes + bytes - here))
done
free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt $((needed / 1024 + 1048576)) ]; then
    die "$((free / 1024)) MiB are free on the machine's disk: the image needs $((needed / 1048576)) MiB while it comes" \
        "in, and 1 GiB must stay free; enlarge \`machine.disk\`"
fi
