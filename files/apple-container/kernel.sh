# Install the kernel that container recommends.
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
"$cli" system kernel set --recommended >&2 </dev/null
