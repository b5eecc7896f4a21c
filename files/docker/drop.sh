# Forget a stack's file, and what lies beside it.   STACK
set -eu
rm -rf "${place:?}/${1:?}"
