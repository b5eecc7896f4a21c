# Make a volume for a stack, where it is missing.   VOLUME LABEL
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
if ! within 30 "$cli" volume list --quiet </dev/null | grep -Fqx -- "$1"; then
    "$cli" volume create --label "$2" "$1" </dev/null
fi
