# Stop Docker Desktop.   SECONDS
set -eu
if lives; then
    halt "$1"
fi
