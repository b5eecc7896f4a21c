# A model in the virtual machine: FOLDER check|put SHA256 lab|bench
# check: it is there and right, and noted as checked, or it is removed; prints `ready`, or `absent` and how much of a copy
# that was cut off is there. put: takes it from standard input, after a line with its size and where it goes on.
# Beside it SHA256.checked notes size, time and inode of what was checked.
set -eu
umask 022
folder=$1 verb=$2 sha256=$3 keeper=$4
model=$folder/$sha256
note=$model.checked
part=$model.part

die() { printf '%s\n' "$*" >&2; exit 1; }

matches() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$sha256" ]; }

size() { if [ -f "$part" ]; then echo "$(($(wc -c <"$part")))"; else echo 0; fi; }

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
if [ "$verb" = put ]; then
    # One copy at a time: both would write the same piece. Who is killed lets go.
    exec 9<"$folder"
    flock 9
fi
if matches "$model"; then
    rm -f "$part"
    noted
    echo ready
    exit
fi
rm -f "$model" "$note"
if [ "$verb" = check ]; then
    echo "absent $(size)"
    exit
fi
# What was cut off and never gone on with.
find "$folder" -maxdepth 1 -name '*.part*' ! -name "${part##*/}" -mtime +7 -exec rm -f {} +
bytes=0 offset=0
read -r bytes offset || :
[ "${bytes:-0}" -gt 0 ] || die "the Mac gave nothing of the model: run again"
[ "$(size)" -ge "${offset:=0}" ] || die "less of the model is in the machine than there was: run again"
free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt $(((bytes - $(size)) / 1024 + 1048576)) ]; then
    die "$((free / 1024)) MiB are free on the machine's disk: the model needs $((bytes / 1048576)) MiB, and 1 GiB must stay" \
        "free; enlarge \`machine.disk\`"
fi
truncate -s "$offset" "$part"
cat >>"$part"
if [ "$(size)" -ne "$bytes" ]; then
    die "only a part of the model came into the machine: run again, it goes on from there"
fi
if ! matches "$part"; then
    rm -f "$part"
    die "what came into the machine is not the model $sha256, and was not kept: run again, it comes anew"
fi
# After a power cut a name must not stand for bytes that never reached the disk.
sync "$part"
mv -f "$part" "$model"
noted
