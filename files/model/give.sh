# Says a model of this host's cache on standard output: its size and where it goes on, then its bytes from there.
# SHA256 OFFSET(whole MiB)
set -eu
model=$(models_folder)/$1
offset=$2
if ! [ -f "$model" ]; then
    echo "$model is not there any more: run again" >&2
    exit 66
fi
bytes=$(($(wc -c <"$model")))
[ "$offset" -lt "$bytes" ] || offset=0
printf '%s %s\n' "$bytes" "$offset"
if [ "$offset" -eq 0 ]; then
    exec cat "$model"
fi
# dd says how much it copied; what it does not copy is missed at the other end.
exec dd if="$model" bs=1048576 skip=$((offset / 1048576)) 2>/dev/null
