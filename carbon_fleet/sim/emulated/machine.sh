# Finishes the machine's root file system, inside it: what a Podman machine's image has and a plain Debian has not, and
# no more than emulation can boot in time.
# Run once when the disk is built: sh -eu machine.sh   leaves /boot/vmlinuz and /boot/initrd
kernel=$(ls /lib/modules)
modules=/lib/modules/$kernel/kernel

# What this machine never has: less to copy, less to read.
rm -rf /usr/share/doc /usr/share/man /usr/share/info /usr/share/locale /var/cache/apt /var/cache/debconf /var/lib/apt/lists \
    "$modules/sound" "$modules/drivers/media" "$modules/drivers/infiniband" "$modules/drivers/iio" "$modules/drivers/scsi" \
    "$modules/drivers/staging" "$modules/drivers/net/wireless" "$modules/drivers/net/ethernet" "$modules/drivers/usb" \
    "$modules/drivers/hwmon" "$modules/drivers/isdn" "$modules/net/wireless" "$modules/net/mac80211" "$modules/drivers/ata"
for driver in amd i915 nouveau radeon xe; do rm -rf "$modules/drivers/gpu/drm/$driver"; done
# Unpacked once here, not at each boot under emulation.
find "/lib/modules/$kernel" -name '*.ko.xz' -exec xz -d {} +
depmod "$kernel"

systemctl mask systemd-timesyncd.service systemd-pstore.service systemd-networkd.service systemd-firstboot.service \
    systemd-tpm2-setup.service systemd-tpm2-setup-early.service systemd-binfmt.service systemd-hwdb-update.service \
    systemd-journal-catalog-update.service systemd-update-done.service systemd-journal-flush.service \
    proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-tracing.mount sys-kernel-config.mount getty.target console-getty.service getty@tty1.service \
    systemd-ask-password-console.path systemd-ask-password-wall.path systemd-vconsole-setup.service \
    systemd-udev-settle.service ldconfig.service systemd-sysusers.service keyboard-setup.service \
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer \
    podman-auto-update.timer podman-auto-update.service podman-restart.service podman-clean-transient.service \
    systemd-tmpfiles-clean.timer man-db.timer sshd-keygen.service netavark-firewalld-reload.service remote-fs.target \
    modprobe@.service systemd-udev-load-credentials.service
systemctl disable netavark-dhcp-proxy.socket netavark-dhcp-proxy.service
# Generators for what this machine has not: each is a program more at every boot and every daemon-reload.
mkdir -p /etc/systemd/system-generators
for generator in ssh gpt-auto cryptsetup integritysetup veritysetup hibernate-resume tpm2 sysv bless-boot; do
    ln -s /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
done
systemctl set-default multi-user.target
systemctl enable ssh.service

# core as in Fedora CoreOS; Ignition gives it the uid of the Mac's user, keys and lingering.
groupadd --gid 1000 core
useradd --uid 501 --gid 1000 --groups sudo,adm,systemd-journal --create-home --shell /bin/bash core
printf 'core ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/core
chmod 440 /etc/sudoers.d/core
printf 'core:100000:1000000\n' | tee /etc/subuid >/etc/subgid
passwd --lock root
mkdir -p /var/lib/systemd/linger
touch /var/lib/systemd/linger/core

# Ignition writes keys below authorized_keys.d; OpenSSH 9.8 and later would punish podman's early attempts.
cat >/etc/ssh/sshd_config.d/10-machine.conf <<'EOF'
AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys.d/ignition
HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
PermitRootLogin prohibit-password
PerSourcePenalties no
MaxStartups 100
UseDNS no
EOF
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/localtime
printf 'localhost\n' >/etc/hostname
printf '127.0.0.1 localhost\n192.168.127.254 host.containers.internal host.docker.internal\n' >/etc/hosts
rm -f /etc/resolv.conf
printf 'nameserver 192.168.127.1\n' >/etc/resolv.conf
printf '/dev/vda / ext4 noatime 0 0\n' >/etc/fstab
# Folders and files that podman's Ignition configuration takes for granted, as Fedora has them.
mkdir -p /etc/environment.d /etc/systemd/system.conf.d /etc/profile.d
# Debian's Ignition labels files for SELinux, which this machine has not.
mkdir -p /etc/selinux
printf 'SELINUX=disabled\nSELINUXTYPE=none\n' >/etc/selinux/config
ln -s /bin/true /usr/sbin/setfiles
mkdir -p /etc/containers/systemd /etc/containers/registries.conf.d

# All may compute, as on Fedora; whoever is told that the machine is ready finds sshd.
printf 'KERNEL=="renderD*", MODE="0666"\n' >/etc/udev/rules.d/60-render.rules
mkdir -p /etc/systemd/system/ready.service.d
printf '[Unit]\nAfter=network-online.target ssh.service\n' >/etc/systemd/system/ready.service.d/10-late.conf

# Drivers of devices nobody uses here.
for module in psmouse pcspkr floppy parport_pc ppdev i2c_piix4 intel_rapl_msr intel_rapl_common vsock_loopback \
    vmw_vsock_vmci_transport serio_raw; do
    printf 'blacklist %s\n' "$module"
done >/etc/modprobe.d/emulated.conf

# The initial RAM disk: busybox and the modules that reach the root file system. Debian's own would take longer to unpack.
ram=$(mktemp -d)
mkdir "$ram/bin" "$ram/dev" "$ram/proc" "$ram/root" "$ram/modules"
cp /bin/busybox "$ram/bin/"
install -m 755 /machine/initrd-init "$ram/init"
install -m 755 /machine/first-process /usr/local/sbin/first-process
number=10
for module in virtio_blk ext4; do
    modprobe --set-version "$kernel" --show-depends "$module" | while read -r verb path _; do
        [ "$verb" != insmod ] || { number=$((number + 1)); cp "$path" "$ram/modules/$number-$module-$(basename "$path")"; }
    done
done
(cd "$ram" && find . | cpio --quiet --create --format=newc) >/boot/initrd.new
cp /boot/vmlinuz-* /boot/vmlinuz.new
rm -rf "$ram" /boot/vmlinuz-* /boot/initrd.img-* /vmlinuz* /initrd.img*
mv /boot/vmlinuz.new /boot/vmlinuz
mv /boot/initrd.new /boot/initrd
