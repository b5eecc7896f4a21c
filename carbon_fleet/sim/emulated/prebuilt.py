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
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, mirror, rootfs
from carbon_fleet.sim.emulated.builder import Builder
from carbon_fleet.sim.labfile import MESA_VERSION
from carbon_fleet.sim.registry import Services
from operations.image import catalogue

_REFERENCES = "references.json"
_NAMES = ("venus", "vulkan-check", "llama")
"""What every lab has; `more` makes others on them, for who asks."""


def references(services: Path) -> dict[str, str]:
    """Put the images into the registry of the lab whose services keep their files in `services`.

    Returns each image's reference by digest, as guests see it. Builds first when nothing is cached. Raises VMError.
    """
    return _put(_common(), services)


def more(services: Path, name: str) -> str:
    """Put the image `name`, which is made from those of `references`, there as well; its reference by digest.

    For one that is large, or long in the making, and that few labs need. Raises VMError.
    """
    common = _common()
    digest = _digest((name,), common.name)
    return _put(_kept(digest, (name,), _known(common), common), services)[name]


def _put(kept: Path, services: Path) -> dict[str, str]:
    shutil.copytree(kept / "docker", services / "registry" / "docker", copy_function=linked, dirs_exist_ok=True)
    return _known(kept)


def _known(kept: Path) -> dict[str, str]:
    known: dict[str, str] = json.loads((kept / _REFERENCES).read_text())
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


def _common() -> Path:
    inputs = (MESA_VERSION, mirror.MESA_SHA256, rootfs.root(rootfs.BASE).name, rootfs.root(rootfs.GUEST).name)
    return _kept(_digest(_NAMES, *inputs), _NAMES, {}, None)


def _kept(digest: str, names: tuple[str, ...], ready: Mapping[str, str], start: Path | None) -> Path:
    directory = host.cache_directory()
    target = directory / f"prebuilt-{digest}"
    with FileLock(directory / "prebuilt.lock"):
        if not target.is_dir():
            _build(target, names, ready, start)
    return target


def _digest(names: tuple[str, ...], *inputs: str) -> str:
    """Of all that goes in, but for the port of the mirror, which every lab has another of."""
    parts = list(inputs)
    for name in names:
        definition = catalogue.definition(name)
        parts.append(json.dumps([definition.args, definition.software_args], sort_keys=True))
        parts += [f"{entry.path} {hashlib.sha256(entry.content).hexdigest()}" for entry in catalogue.context(name)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _build(target: Path, names: tuple[str, ...], ready: Mapping[str, str], start: Path | None) -> None:
    mirror.mesa_tarball()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".prebuilt.") as name:
        place = Path(name)
        if start:
            _put(start, place / "services")
        services = Services(place / "services")
        try:
            with Builder(place, services.start()) as builder:
                known = builder.build(names, ready)
        finally:
            services.stop()
        beside = place / "kept"
        shutil.copytree(place / "services" / "registry" / "docker", beside / "docker", copy_function=linked)
        (beside / _REFERENCES).write_text(json.dumps(known, indent=1) + "\n")
        beside.chmod(0o755)
        beside.rename(target)
