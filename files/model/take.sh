# A model that comes from the controller in pieces: look SHA256 BYTES | add SHA256 OFFSET | end SHA256
# look prints `ready PATH`, or `more OFFSET` where to go on; add takes base64 on standard input; end checks and prints PATH.
set -eu
verb=$1 sha256=$2
folder=$(models_folder)
model=$folder/$sha256
part=$model.part

die() { printf '%s\n' "$*" >&2; exit 1; }

matches() { [ -f "$1" ] && [ "$(digest <"$1")" = "$sha256" ]; }

size() { if [ -f "$part" ]; then echo "$(($(wc -c <"$part")))"; else echo 0; fi; }

case $verb in
look)
    mkdir -p "$folder"
    if matches "$model"; then
        printf 'ready %s\n' "$model"
        exit
    fi
    rm -f "$model"
    here=$(size)
    free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $((($3 - here) / 1024 + 1048576)) ]; then
        die "$((free / 1024)) MiB are free at $folder: the model needs $(($3 / 1048576)) MiB, and 1 GiB must stay free"
    fi
    printf 'more %s\n' "$here"
    ;;
add)
    here=$(size)
    [ "$here" -eq "$3" ] || die "$part has $here bytes instead of $3: another run writes it too; run again"
    base64 -d >>"$part"
    ;;
end)
    if ! matches "$part"; then
        rm -f "$part"
        die "what arrived is not the model $sha256; it was not kept: run again"
    fi
    mv -f "$part" "$model"
    printf '%s\n' "$model"
    ;;
esac
