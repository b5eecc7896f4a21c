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
    told 'No space left' && die 84 "the Mac's disk became full while uv brought Python $version"
    told 'No download found' 'No matching' &&
        die 85 "this Mac's uv knows no Python $version"
    die 85 "uv could not fetch Python $version from ${mirror:-GitHub}: $(last)"
fi
