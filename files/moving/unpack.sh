# Fills /volume from the tar on standard input, which must have this sha256.   SHA256
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 143' HUP INT PIPE TERM
mkfifo "$place/pipe"
sha256sum <"$place/pipe" >"$place/sum" &
summing=$!
# What follows the archive's end is read too: it counts for the sha256.
tee "$place/pipe" | { tar --numeric-owner -C /volume -xpf - || echo "tar ended with $?" >"$place/failed"; cat >/dev/null; }
wait "$summing"
if [ -s "$place/failed" ]; then
    cat "$place/failed" >&2
    exit 74
fi
if [ "$(cut -c1-64 "$place/sum")" != "$1" ]; then
    echo "what arrived is not what was sent (its sha256 differs)" >&2
    exit 74
fi
sync
