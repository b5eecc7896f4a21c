"""The disk of an emulated machine, with the kernel and the RAM disk it is started by.

Built once beside its final place and renamed; its name carries a digest of all it is made from.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, rootfs
from carbon_fleet.sim.emulated.systems import EMULATOR, HERE, MACHINE
from carbon_fleet.sim.vm import VMError

DISK, KERNEL, RAM_DISK = "disk.qcow2", "vmlinuz", "initrd"
"""The files of the folder `machine` returns."""
_SIZE = "10G"
"""Of the file system; a larger disk is filled at the first boot. The lab file admits no smaller one."""
_SECONDS = 600


def machine() -> Path:
    """Return the folder with DISK, KERNEL and RAM_DISK, made first when it is not cached. Raises VMError."""
    system, emulator = rootfs.root(MACHINE), rootfs.root(EMULATOR)
    directory = host.cache_directory()
    target = directory / f"machine-disk-{_digest(system)}"
    with FileLock(directory / "machine-disk.lock"):
        if not target.is_dir():
            _build(system, emulator, target)
    return target


def _digest(system: Path) -> str:
    parts = [system.name, _SIZE]
    parts += [path.read_text() for path in [HERE / "machine.sh", *sorted((HERE / "machine").iterdir())]]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _build(system: Path, emulator: Path, target: Path) -> None:
    if os.geteuid() != 0:
        raise VMError("making the emulated machine's disk needs root once: run this with sudo, or use `--vm modelled`.")
    for abandoned in target.parent.glob(".machine-disk.partial.*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    beside = target.with_name(f".machine-disk.partial.{os.getpid()}")
    log = target.with_name(f"{target.name}.log")
    log.unlink(missing_ok=True)
    beside.mkdir()
    root = beside / "root"
    rootfs.run(["cp", "--archive", "--reflink=auto", str(system), str(root)], log)
    _finish(root, log)
    for name in (KERNEL, RAM_DISK):
        shutil.move(root / "boot" / name, beside / name)
    _make_disk(root, emulator, beside, log)
    for name in (DISK, KERNEL, RAM_DISK):
        (beside / name).chmod(0o644)
    shutil.rmtree(root)
    beside.chmod(0o755)
    beside.rename(target)


def _finish(root: Path, log: Path) -> None:
    shutil.copytree(HERE / "machine", root / "machine")
    shutil.copy(HERE / "machine.sh", root / "machine.sh")
    rootfs.run(["chroot", str(root), "sh", "-eu", "/machine.sh"], log)
    shutil.rmtree(root / "machine")
    (root / "machine.sh").unlink()


def _make_disk(root: Path, emulator: Path, beside: Path, log: Path) -> None:
    """mkfs.ext4 fills a file system from a folder: no loop device, no mount. QEMU's own tool makes podman's format."""
    raw = beside / "disk.raw"
    features = ["-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-O", "^metadata_csum"]
    rootfs.run(["mkfs.ext4", "-q", "-m", "0", *features, "-d", str(root), str(raw), _SIZE], log)
    inside = ["bwrap", "--bind", str(emulator), "/", "--dev", "/dev", "--bind", str(beside), "/mnt"]
    rootfs.run([*inside, "qemu-img", "convert", "-O", "qcow2", "/mnt/disk.raw", f"/mnt/{DISK}"], log)
    raw.unlink()


def podman_version() -> str:
    """Return the version of the emulator's podman, as podman writes it: 5.4.2."""
    query = ["dpkg-query", f"--admindir={rootfs.root(EMULATOR)}/var/lib/dpkg", "--show", "--showformat=${Version}"]
    said = subprocess.run([*query, "podman-remote"], capture_output=True, text=True, check=True, timeout=_SECONDS)
    return said.stdout.partition("+")[0].partition("~")[0].partition("-")[0]
