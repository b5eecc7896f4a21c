"""The images of an emulated lab, built once at this machine's own speed and then only handed out by the registry.

A lab's guests would compile for an hour under emulation. So one VM of the kind `real` builds the project's own
Containerfiles with the very labels apply gives, pushes them to a registry, and its files are kept.
"""

import contextlib
import errno
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, mirror, rootfs
from carbon_fleet.sim.emulated.builder import Builder
from carbon_fleet.sim.labfile import MESA_VERSION
from carbon_fleet.sim.registry import Services
from operations.image import catalogue

_REFERENCES = "references.json"
_NAMES = ("venus", "vulkan-check", "llama")
_HANDED_OUT = ("venus", "vulkan-check", "llama")


def references(services: Path) -> dict[str, str]:
    """Put the images into the registry of the lab whose services keep their files in `services`.

    Returns each image's reference by digest, as guests see it. Builds first when nothing is cached. Raises VMError.
    """
    kept = _kept()
    known: dict[str, str] = json.loads((kept / _REFERENCES).read_text())
    shutil.copytree(kept / "docker", services / "registry" / "docker", copy_function=linked, dirs_exist_ok=True)
    return known


def linked(source: str, target: str) -> None:
    """One file for all labs where they share a file system with the cache, else a copy."""
    with contextlib.suppress(FileExistsError):
        try:
            Path(target).hardlink_to(source)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK):
                raise
            shutil.copyfile(source, target)


def _kept() -> Path:
    directory = host.cache_directory()
    target = directory / f"prebuilt-{_digest()}"
    with FileLock(directory / "prebuilt.lock"):
        if not target.is_dir():
            _build(target)
    return target


def _digest() -> str:
    """Of all that goes in, but for the port of the mirror, which every lab has another of."""
    parts = [MESA_VERSION, mirror.MESA_SHA256, rootfs.root(rootfs.BASE).name, rootfs.root(rootfs.GUEST).name]
    for name in _NAMES:
        definition = catalogue.definition(name)
        parts.append(json.dumps([definition.args, definition.software_args], sort_keys=True))
        parts += [f"{entry.path} {hashlib.sha256(entry.content).hexdigest()}" for entry in catalogue.context(name)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _build(target: Path) -> None:
    mirror.mesa_tarball()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".prebuilt.") as name:
        place = Path(name)
        services = Services(place / "services")
        try:
            with Builder(place, services.start()) as builder:
                known = builder.build(_HANDED_OUT)
        finally:
            services.stop()
        beside = place / "kept"
        shutil.copytree(place / "services" / "registry" / "docker", beside / "docker")
        (beside / _REFERENCES).write_text(json.dumps(known, indent=1) + "\n")
        beside.chmod(0o755)
        beside.rename(target)
