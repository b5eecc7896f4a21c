# Takes a piece of an image from standard input, from an offset to its end: BLOB BYTES OFFSET
# A piece that is cut off stays for the next time; one that is not what its name says does not.
set -eu
umask 077
folder=/var/lib/carbon-fleet/spread/in
part=$folder/$1.part

size() { if [ -f "$part" ]; then wc -c <"$part"; else echo 0; fi; }

if [ "$(($(size)))" -ne "$3" ]; then
    echo "$part has $(($(size))) bytes instead of $3: another run writes it, too; run again" >&2
    exit 75
fi
cat >>"$part"
if [ "$(($(size)))" -ne "$2" ]; then
    echo "only $(($(size))) of $2 bytes came: run again, it goes on from there" >&2
    exit 75
fi
if [ "$(sha256sum <"$part" | cut -d ' ' -f 1)" != "$1" ]; then
    rm -f "$part"
    echo "what came is not the blob $1; it was not kept: run again" >&2
    exit 65
fi
mv -f "$part" "$folder/$1"
