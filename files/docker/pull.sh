# Bring an image in by its digest, and give it the name it has here.   REFERENCE TAG
set -eu
docker pull "$1" >&2 </dev/null
docker tag "$1" "$2"
