# Install the kernel that container recommends.
set -eu
"$cli" system kernel set --recommended >&2 </dev/null
