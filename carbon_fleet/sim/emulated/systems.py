"""The two Debian systems an emulated Mac is made of: what runs the VM, and what runs in it."""

from pathlib import Path

from carbon_fleet.sim.rootfs import System

HERE = Path(__file__).parent

EMULATOR = System(
    "emulator",
    "trixie",
    ("ca-certificates",),
    str(HERE / "emulator.sh"),
    (
        *("podman-remote", "gvproxy", "virtiofsd", "openssh-client"),
        *("qemu-system-x86", "qemu-system-modules-opengl", "qemu-system-gui", "qemu-utils", "e2fsprogs"),
        *("virgl-server", "xvfb", "mesa-vulkan-drivers", "libgl1-mesa-dri", "libegl1", "libgles2", "libgl1"),
    ),
)
"""Podman's machine client with its helpers, QEMU with Venus (10.0 or newer), lavapipe behind it, a display for it."""
MACHINE = System(
    "machine",
    "trixie",
    (
        *("systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "udev", "sudo", "openssh-server"),
        *("podman", "crun", "netavark", "aardvark-dns", "conmon", "uidmap", "catatonit", "iptables", "nftables"),
        *("linux-image-amd64", "initramfs-tools", "kmod", "busybox-static", "cpio", "xz-utils", "ignition"),
        *("iproute2", "procps", "perl-base", "jq", "ca-certificates", "e2fsprogs"),
    ),
)
"""The machine's own system. Debian's kernel for clouds has no DRM: the ordinary one has."""
