"""Makes the disk of a modelled guest: what podman's Ignition configuration and Fedora CoreOS leave there."""

from pathlib import Path

from carbon_fleet.sim.vm import VMSpec

_DIRECTORIES = (
    "etc/ssh",
    "etc/containers/systemd",
    "etc/systemd/system",
    "etc/sysctl.d",
    "root",
    "var/home/core",
    "var/lib/containers",
    "var/log",
    "var/tmp",
    "usr/local/bin",
    "usr/lib",
    "usr/lib64",
    "usr/libexec",
    "usr/share",
    "usr/bin",
    "usr/sbin",
)
_USERS = ("root:x:0:0:root:/root:{shell}\n", "core:x:501:501:CoreOS Admin:/var/home/core:/bin/bash\n")
_OS_RELEASE = (
    'NAME="Fedora Linux"\nID=fedora\nVARIANT_ID=coreos\nVERSION_ID=44\n'
    'PRETTY_NAME="Fedora CoreOS (modelled by carbon-fleet)"\nOSTREE_VERSION=44.20260901.3.0\n'
)


def make_guest(root: Path, spec: VMSpec, *, first: bool) -> None:
    """Fill `root` on the first boot; on every boot write what follows the machine's definition."""
    for name in _DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    if first:
        (root / "etc/ssh/authorized_keys").write_text(spec.authorized_key + "\n")
        _users(root)
        (root / "etc/os-release").write_text(_OS_RELEASE)
        (root / "etc/podman-machine").write_text(spec.provider)
        for name in ("bin", "sbin", "lib", "lib64"):
            (root / name).symlink_to(f"usr/{name}")
        (root / "home").symlink_to("var/home")
    (root / "etc/carbon-sim").write_text(
        f"provider='{spec.provider}'\ncpus='{spec.cpus}'\nmemory='{spec.memory_mib}'\n"
    )


def _users(root: Path) -> None:
    # sshd runs as core's uid and may only log in that uid: its own view of root has it, and root's shell becomes uid 0
    for name in ("passwd", "passwd.guest"):
        (root / "etc" / name).write_text(_USERS[1] + _USERS[0].format(shell="/bin/bash"))
    (root / "etc/passwd.sshd").write_text(
        _USERS[1] + _USERS[0].format(shell="/.sim/guest/.rootsh").replace(":0:0:", ":501:501:")
    )
    (root / "etc/group").write_text("core:x:501:\nroot:x:0:\nvideo:x:39:\nrender:x:105:\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n192.168.127.254 host.containers.internal\n")
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
