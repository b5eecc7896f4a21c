# Have uv bring a Python into a folder of ours; one that is there stays.   VERSION MIRROR|""
set -eu
version=$1 mirror=$2
need_uv
said=$(mktemp "${TMPDIR:-/tmp}/carbon-uv.XXXXXX")
trap 'rm -f "$said"' EXIT
trap 'exit 143' HUP INT TERM PIPE
if [ -n "$mirror" ]; then
    UV_PYTHON_INSTALL_MIRROR=$mirror
    export UV_PYTHON_INSTALL_MIRROR
fi
if ! calls python install --no-bin "$version"; then
    told 'No space left' && die 84 "the disk became full: free some space on this Mac, then run again"
    told 'No download found' 'No matching' &&
        die 85 "this uv knows no Python $version: brew upgrade uv, or write a \`python:\` that \`uv python list\` has"
    die 85 "uv could not fetch Python $version ($(last)): see that this Mac reaches ${mirror:-github.com}, or write" \
        "\`python_mirror:\` (UV_PYTHON_INSTALL_MIRROR in uv's documentation)"
fi
