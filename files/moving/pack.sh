# Sends what is in /volume as a tar to standard output; the last line on standard error is its sha256.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 143' HUP INT PIPE TERM
mkfifo "$place/pipe"
sha256sum <"$place/pipe" >"$place/sum" &
summing=$!
# An ext4's own folder stays with it.
leave=./lost+found
[ -d "/volume/$leave" ] && [ -z "$(ls -A "/volume/$leave")" ] || leave=./.carbon-fleet-none
{ tar --numeric-owner -C /volume --exclude "$leave" -cf - . || echo "tar ended with $?" >"$place/failed"; } </dev/null | tee "$place/pipe"
wait "$summing"
if [ -s "$place/failed" ]; then
    cat "$place/failed" >&2
    exit 74
fi
printf 'sha256 %s\n' "$(cut -c1-64 "$place/sum")" >&2
