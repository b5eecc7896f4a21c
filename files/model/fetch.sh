# A model in a folder, by its sha256, fetched once: SHA256 BYTES(0: not known) URL|PATH [FOLDER]
# Prints its path. What is there is checked each time; an interrupted download goes on where it was.
set -eu
sha256=$1 bytes=$2 url=$3
folder=${4:-}
[ -n "$folder" ] || folder=$(models_folder)
model=$folder/$sha256
part=$model.part

die() { printf '%s\n' "$*" >&2; exit 1; }

matches() { [ -f "$1" ] && [ "$(digest <"$1")" = "$sha256" ]; }

size() { if [ -f "$part" ]; then echo "$(($(wc -c <"$part")))"; else echo 0; fi; }

download() { # prints the last answer's status
    curl -fsSL --connect-timeout 20 --speed-limit 1024 --speed-time 60 --retry 3 -w '%{http_code}' -o "$part" "$@" "$url"
}

resumed() { # for as long as more of it comes, a connection that broke is made again
    while :; do
        before=$(size)
        status=0
        answer=$(download -C -) || status=$?
        [ "$status" -ne 0 ] && [ "$(size)" -gt "$before" ] || return 0
        sleep 1
    done
}

case $url in
http://* | https://*) ;;
*)
    [ -r "$url" ] && [ -f "$url" ] || die "$url is not a file that can be read here"
    matches "$url" || die "$url is another file: its sha256 is $(digest <"$url") instead of $sha256"
    printf '%s\n' "$url"
    exit
    ;;
esac

mkdir -p "$folder"
if ! matches "$model"; then
    rm -f "$model"
    if [ "$bytes" -eq 0 ]; then
        # The last answer counts: those before are redirections.
        bytes=$(curl -fsSIL --connect-timeout 20 --max-time 60 "$url" | tr -d '\r' |
            awk 'tolower($1) == "content-length:" { n = $2 } END { print n + 0 }') || bytes=0
    fi
    free=$(df -kP "$folder" | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $(((bytes - $(size)) / 1024 + 1048576)) ]; then
        die "$((free / 1024)) MiB are free at $folder: the model needs $((bytes / 1048576)) MiB, and 1 GiB must stay free"
    fi
    if ! matches "$part"; then
        resumed
        # A server that cannot go on in the middle, or a piece longer than the file: from the beginning.
        if [ "$status" -eq 33 ] || [ "$status" -eq 36 ] || [ "$answer" = 416 ]; then
            rm -f "$part"
            status=0
            download >/dev/null || status=$?
        fi
        [ "$status" -eq 0 ] || die "the model could not be fetched from $url (curl ended with $status): run again"
    fi
    if ! matches "$part"; then
        got=$(digest <"$part")
        rm -f "$part"
        die "$url is another file: its sha256 is $got instead of $sha256; it was not kept"
    fi
    mv -f "$part" "$model"
fi
printf '%s\n' "$model"
