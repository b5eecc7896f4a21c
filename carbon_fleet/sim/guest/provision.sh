# Finishes the guest's root file system, inside it: what a Podman machine's image has and a plain Debian has not.
# Run once when the root file system is built: sh -eu provision.sh

# Kernel settings, modules, devices and the clock belong to the machine below: the guest must not touch them.
systemctl mask systemd-modules-load.service systemd-sysctl.service systemd-binfmt.service \
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service \
    systemd-timesyncd.service systemd-pstore.service systemd-random-seed.service systemd-remount-fs.service \
    systemd-networkd.service systemd-firstboot.service systemd-tpm2-setup.service systemd-tpm2-setup-early.service \
    proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount \
    tmp.mount getty.target console-getty.service getty@tty1.service \
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer dpkg-db-backup.timer \
    docker-registry.service
systemctl disable podman-auto-update.timer
systemctl set-default multi-user.target
systemctl enable ssh.service

# core as in Fedora CoreOS (sudo without a password, lingering), with the uid of a Mac's first user as podman gives it.
groupadd --gid 1000 core
useradd --uid 501 --gid 1000 --groups sudo,adm,systemd-journal --create-home --shell /bin/bash core
printf 'core ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/core
chmod 440 /etc/sudoers.d/core
printf 'core:100000:1000000\n' | tee /etc/subuid >/etc/subgid
mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/core
passwd --lock root

# Ignition writes keys below authorized_keys.d; OpenSSH 9.8 and later would punish podman's early attempts.
cat >/etc/ssh/sshd_config.d/10-machine.conf <<'EOF'
AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys.d/ignition
PasswordAuthentication no
PermitRootLogin prohibit-password
PerSourcePenalties no
MaxStartups 100
UseDNS no
EOF
rm -f /etc/ssh/ssh_host_* /etc/machine-id
mkdir -p /etc/systemd/system/ssh.service.d
cat >/etc/systemd/system/ssh.service.d/10-keys.conf <<'EOF'
[Service]
ExecStartPre=
ExecStartPre=/usr/bin/ssh-keygen -A
ExecStartPre=/usr/sbin/sshd -t
EOF

mkdir -p /etc/containers/systemd /var/lib/containers /home/core/.local/share/containers
chown -R core:core /home/core
