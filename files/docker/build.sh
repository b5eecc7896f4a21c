# Build an image from the context on standard input (base64 of a tar).   BYTES WORD...
set -eu
umask 077
bytes=$1
shift
tar=$(mktemp "${TMPDIR:-/tmp}/carbon-fleet-build.XXXXXX")
trap 'rm -f "$tar"' EXIT
trap 'exit 143' HUP INT TERM PIPE
base64 -d >"$tar"
if [ "$(($(wc -c <"$tar")))" -ne "$bytes" ]; then
    echo "only a part of the build context arrived: nothing was built" >&2
    exit 75
fi
docker build "$@" - <"$tar"
