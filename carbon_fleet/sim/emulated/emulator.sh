# Finishes the emulator's root file system, inside it: places where a Mac's folders are shown, and what podman reads.
# Run once when the root file system is built: sh -eu emulator.sh
mkdir -p /Users /private /opt/homebrew /.sim /var/folders /etc/containers
printf '127.0.0.1 localhost\n' >/etc/hosts
printf 'lab:x:501:20:Lab:/Users/lab:/bin/sh\n' >>/etc/passwd

# gvproxy and the wrapper of the hypervisor: podman looks here first, as it looks into Homebrew's folders on a Mac.
cat >/etc/containers/containers.conf <<'EOF'
[engine]
helper_binaries_dir = ["/.sim/lib/standins/emulated", "/usr/bin", "/usr/libexec"]
EOF
