# Makes an image of the blobs that came, checks it, and gives it our tag: ID TAG LABEL INPUTS; its manifest (base64) on
# standard input.
set -eu
umask 077
folder=/var/lib/carbon-fleet/spread/in

die() { printf '%s\n' "$*" >&2; exit 1; }

got=$1
if ! podman image exists "$1"; then
    base64 -d >"$folder/manifest.json"
    printf 'Directory Transport Version: 1.1\n' >"$folder/version"
    got=$(podman pull --quiet "dir:$folder" </dev/null)
fi
inputs=$(podman image inspect --format "{{index .Labels \"$3\"}}" "$got")
if [ "$got" != "$1" ] || [ "$inputs" != "$4" ]; then
    podman image rm "$got" >/dev/null 2>&1 || :
    die "what came is the image $got with inputs $inputs instead of $1 with $4: it was not kept"
fi
podman tag "$got" "$2"
rm -rf "$folder"
