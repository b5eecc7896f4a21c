# Mounts a guest's file systems and becomes its systemd. Usage: init.sh DIRECTORY ROOT
set -eu
directory=$1 root=$2

hostname localhost
mount -t overlay overlay -o "lowerdir=$root,upperdir=$directory/disk/upper,workdir=$directory/disk/work" "$directory/root"
cd "$directory/root"
cp -a "$directory/config/." .

mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir dev/pts dev/shm dev/net dev/mqueue old 2>/dev/null || true
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue

device() { mknod -m "$2" "dev/$1" c "$3" "$4"; }
device null 666 1 3
device zero 666 1 5
device full 666 1 7
device random 666 1 8
device urandom 666 1 9
device tty 666 5 0
device fuse 666 10 229
device net/tun 666 10 200
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr

# Only krunkit gives its guests a GPU; the render node itself is not opened: the driver speaks through the socket.
if [ -d "$directory/gpu" ]; then
    mkdir dev/dri run/host-gpu
    device dri/renderD128 666 226 128
    mount --bind "$directory/gpu" run/host-gpu
fi

# Device nodes of a Linux host, with no driver behind them.
while read -r name major minor; do
    device "$name" 666 "$major" "$minor"
done <"$directory/nodes"

# Folders of the Mac, as virtiofs shows them in a Podman machine.
tab=$(printf '\t')
while IFS=$tab read -r here target; do
    mkdir -p "$directory/root$target"
    mount --bind "$here" "$directory/root$target"
done <"$directory/folders"

# Overlay cannot lie on overlay: container storage is the machine's own disk.
mount --bind "$directory/disk/containers" var/lib/containers
mount --bind "$directory/disk/core" home/core/.local/share/containers

pivot_root . old
umount -l /old
rmdir /old 2>/dev/null || true
# As on any machine with systemd; it leaves this to whoever made the container. Nothing here reaches the machine below.
mount --make-rshared /
exec setpriv --bounding-set=-sys_module,-sys_rawio,-sys_time \
    env -i container=carbon-fleet PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /usr/lib/systemd/systemd --log-target=console --log-level=info </dev/null
