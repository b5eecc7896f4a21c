# Apple's container.   WORD...
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
"$cli" "$@" </dev/null
