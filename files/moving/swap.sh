# Fills /volume, or `folder`, from the tar on standard input, whose sha256 has to be right before anything of what is in it
# goes.   SHA256 REPLACE
set -eu
sum=$1 replace=$2 folder=${folder:-/volume}
beside=$folder/.carbon-fleet-import done=$folder/.carbon-fleet-imported
own() { # FIND-WORDS...   what is in it, but the empty lost+found of a file system
    find "$folder" -mindepth 1 -maxdepth 1 ! -path "$beside" ! \( -name lost+found -type d -empty \) "$@"
}
as_it_was() { # what was cut off, or failed, before the last of its renames
    if [ -e "$beside/moving" ]; then
        own -exec rm -rf {} +
    fi
    [ ! -d "$beside/before" ] || find "$beside/before" -mindepth 1 -maxdepth 1 -exec mv -f {} "$folder/" ';'
    rm -rf "$beside"
}
rm -rf "$done"
as_it_was
if [ "$replace" != yes ] && [ -n "$(own)" ]; then
    echo "the volume is not empty" >&2
    exit 72
fi
place=$(mktemp -d)
trap 'rm -rf "$place"; [ ! -d "$beside" ] || as_it_was' EXIT
trap 'exit 143' HUP INT PIPE TERM
mkdir -p "$beside/new" "$beside/before"
mkfifo "$place/pipe"
sha256sum <"$place/pipe" >"$place/sum" &
summing=$!
tee "$place/pipe" | { tar --numeric-owner -C "$beside/new" -xpf - || echo "tar ended with $?" >"$place/failed"; cat >/dev/null; }
wait "$summing"
if [ "$(cut -c1-64 "$place/sum")" != "$sum" ]; then
    echo "what arrived is not what was sent (its sha256 differs): the volume is as it was" >&2
    exit 74
fi
if [ -s "$place/failed" ]; then
    cat "$place/failed" >&2
    exit 74
fi
sync
own -exec mv -f {} "$beside/before/" ';'
# From here on what lies beside it is of the new: until the one rename that ends it, the old comes back.
: >"$beside/moving"
find "$beside/new" -mindepth 1 -maxdepth 1 -exec mv -f {} "$folder/" ';'
mv "$beside" "$done"
rm -rf "$done"
