# Bring an image in by its digest, and give it the name it has here.   REFERENCE TAG
set -eu
"$cli" image pull --progress none "$1" >&2 </dev/null
"$cli" image tag "$1" "$2"
