# Build an image from the context on standard input (base64 of a tar).   BYTES WORD...
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
umask 077
bytes=$1
shift
beside=$(mktemp -d "${TMPDIR:-/tmp}/carbon-fleet-build.XXXXXX")
trap 'rm -rf "$beside"' EXIT
# /var is a link on macOS, and what is built is looked for by its own path.
beside=$(cd "$beside" && pwd -P)
trap 'exit 143' HUP INT TERM PIPE
base64 -d >"$beside/context.tar"
if [ "$(($(wc -c <"$beside/context.tar")))" -ne "$bytes" ]; then
    echo "only a part of the build context arrived: nothing was built" >&2
    exit 75
fi
mkdir "$beside/context"
tar -xf "$beside/context.tar" -C "$beside/context"
"$cli" build --progress plain --file "$beside/context/Containerfile" "$@" "$beside/context" </dev/null
