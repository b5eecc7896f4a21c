# Boots a guest: namespaces around its root file system, then systemd as their process 1.
# Usage: boot.sh DIRECTORY ROOT GROUP MEMORY_MIB, inside a private mount namespace, with DIRECTORY/netns its network.
set -eu
directory=$1 root=$2 group=$3 memory=$4 scripts=$(dirname "$0")

cgroup=$directory/cgroup/$group
mkdir -p "$cgroup"
# Where the machine below manages resources by cgroup v2 the guest gets its controllers and its limit.
for parent in "$directory/cgroup" "${cgroup%/*}"; do
    read -r controllers <"$parent/cgroup.controllers" || continue
    for controller in $controllers; do
        echo "+$controller" >"$parent/cgroup.subtree_control" || true
    done 2>/dev/null
done
if [ -w "$cgroup/memory.max" ]; then echo "${memory}M" >"$cgroup/memory.max"; fi

exec nsenter --net="$directory/netns" \
    unshare --mount --propagation private --pid --fork --kill-child --uts --ipc \
    sh -eu "$scripts/enter.sh" "$directory" "$root" "$cgroup"
