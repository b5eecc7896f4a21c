# Forget a stack's file, and what lies beside it.   STACK
set -eu
# shellcheck disable=SC2154 # place is lib.sh's
rm -rf "${place:?}/${1:?}"
