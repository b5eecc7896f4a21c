# Give an image as an archive.   TAG
set -eu
exec docker image save "$1" </dev/null
