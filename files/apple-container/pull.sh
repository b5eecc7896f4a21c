# Bring an image in by its digest, and give it the name it has here.   REFERENCE TAG
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
"$cli" image pull --progress none "$1" >&2 </dev/null
"$cli" image tag "$1" "$2"
