# write-file PATH MODE OWNER|"" BYTES
# Puts standard input (base64) in place of a file: written beside, checked, renamed.
set -eu
umask 077
# shellcheck disable=SC2088  # the tilde is meant as text: no shell has expanded it
case $1 in
'~/'*) path=$HOME/${1#??} ;;
*) path=$1 ;;
esac
if [ -d "$path" ]; then
    echo "$path is a folder: left as it was" >&2
    exit 73
fi
folder=$(dirname "$path")
(umask 022 && mkdir -p "$folder")
beside=$(mktemp "$folder/.carbon-fleet.XXXXXX")
trap 'rm -f "$beside"' EXIT
trap 'exit 143' HUP INT TERM PIPE
base64 -d >"$beside"
if [ "$(($(wc -c <"$beside")))" -ne "$4" ]; then
    echo "only a part of $path arrived: left as it was" >&2
    exit 75
fi
if [ -n "$3" ]; then
    chown "$3" "$beside"
fi
chmod "$2" "$beside"
mv -f "$beside" "$path"
