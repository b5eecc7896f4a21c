# The first process of a guest: joins its cgroup, then makes it the root of what the guest sees.
# Usage: enter.sh DIRECTORY ROOT CGROUP
set -eu
echo 0 >"$3/cgroup.procs"
exec unshare --cgroup sh -eu "$(dirname "$0")/init.sh" "$1" "$2"
