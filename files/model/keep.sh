# A model in the virtual machine: FOLDER check|put SHA256 lab|bench
# check: it is there and right, and noted as checked, or it is removed; prints `ready` or `absent`. put: takes it from
# standard input, its size on a line before it. Beside it SHA256.checked notes size, time and inode of what was checked.
set -eu
umask 022
folder=$1 verb=$2 sha256=$3 keeper=$4
model=$folder/$sha256
note=$model.checked

die() { printf '%s\n' "$*" >&2; exit 1; }

matches() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$sha256" ]; }

noted() { # who keeps it stays whoever did: what a lab file names, nobody else may throw away
    if [ -f "$note" ]; then
        read -r _ _ _ before <"$note" || :
        [ "${before:-}" != lab ] || keeper=lab
    fi
    chmod 0444 "$model"
    printf '%s %s\n' "$(stat -c '%s %Y %i' "$model")" "$keeper" >"$note.new"
    mv -f "$note.new" "$note"
}

mkdir -p "$folder"
if matches "$model"; then
    noted
    echo ready
    exit
fi
rm -f "$model" "$note"
if [ "$verb" = check ]; then
    echo absent
    exit
fi
# What a killed run left; one of today may still be coming.
find "$folder" -maxdepth 1 -name '*.part*' -mtime +1 -exec rm -f {} +
# Its own: two runs may bring the same model at once.
part=$(mktemp "$model.part.XXXXXX")
trap 'rm -f "$part"' EXIT
trap 'exit 143' HUP INT TERM
bytes=0
read -r bytes || :
free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt $((bytes / 1024 + 1048576)) ]; then
    die "$((free / 1024)) MiB are free on the machine's disk: the model needs $((bytes / 1048576)) MiB, and 1 GiB must stay" \
        "free; enlarge \`machine.disk\`"
fi
cat >"$part"
if [ "$(($(wc -c <"$part")))" -ne "$bytes" ]; then
    die "only a part of the model came into the machine: run again"
fi
matches "$part" || die "what the Mac's cache holds is not the model $sha256 any more: run again, it is sent anew"
# After a power cut a name must not stand for bytes that never reached the disk.
sync "$part"
mv -f "$part" "$model"
noted
