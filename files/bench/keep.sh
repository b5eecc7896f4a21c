# A model in the virtual machine: look SHA256 BYTES | put SHA256 BYTES (the model on standard input)
# look prints `ready` or `more`. A piece that is cut off is not kept.
set -eu
verb=$1 sha256=$2 bytes=$3
folder=/var/lib/carbon-fleet/models
model=$folder/$sha256.gguf
part=$model.part

die() { printf '%s\n' "$*" >&2; exit 1; }

matches() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$sha256" ]; }

umask 022
mkdir -p "$folder"
if matches "$model"; then
    echo ready
    exit
fi
rm -f "$model" "$part"
free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt $((bytes / 1024 + 1048576)) ]; then
    die "$((free / 1024)) MiB are free on the machine's disk: the model needs $((bytes / 1048576)) MiB, and 1 GiB must stay" \
        "free; enlarge \`machine.disk\`"
fi
if [ "$verb" = look ]; then
    echo more
    exit
fi
trap 'rm -f "$part"' EXIT
trap 'exit 143' HUP INT TERM
cat >"$part"
matches "$part" || die "only a part of the model came into the machine: run again"
mv -f "$part" "$model"
