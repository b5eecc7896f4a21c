"""The machine's system as a disk that `podman machine init --image URL` takes.

machine-os is an index whose manifests say, in the annotation `disktype`, for which hypervisor their one layer is a disk
(podman `pkg/machine/ocipull`); libkrun uses applehv's. An image that is an address is that disk itself.
"""

from typing import Any

from carbon_fleet.mirror import oci
from carbon_fleet.mirror.manifest import Kind
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec import mirror as at
from carbon_fleet.spec.references import Reference, reference

DISK_TYPE = "applehv"
DEFAULT = "quay.io/podman/machine-os"
"""What podman takes when it is told none; its tag is podman's own major and minor version."""


def disk(image: str | None, podman: str, web: Web, shelf: Shelf) -> None:
    """Have the disk of `image` on the shelf; of podman's own choice, for its version `podman`, where that is None."""
    path = at.machine_disk(image)
    if path is None:
        shelf.left_out[str(image)] = "it is a file on the Mac itself"
        return
    if image is not None and image.startswith(("http://", "https://")):
        shelf.add(path, Kind.DISK, web.keep(image, None), image)
        return
    if image is None and not podman:
        raise MirrorTrouble(
            "podman is not among the lab's formulae, so its choice of image is unknown: say machine.image"
        )
    wanted = reference(image or f"{DEFAULT}:{'.'.join(podman.split('.')[:2])}")
    sha256 = _layer(wanted, web, shelf)
    shelf.add(path, Kind.DISK, sha256, str(wanted))


def _layer(wanted: Reference, web: Web, shelf: Shelf) -> str:
    known = dict(shelf.entries)
    top = oci.manifest(wanted, wanted.version, web, shelf)
    if "manifests" not in top.said:
        raise MirrorTrouble(f"{wanted} is no machine's system: it is one image, not one for each kind of hypervisor")
    one = oci.manifest(wanted, str(_ours(wanted, top.said["manifests"])["digest"]), web, shelf)
    layers = one.said.get("layers") or []
    if len(layers) != 1:
        raise MirrorTrouble(f"{wanted}: its disk for {DISK_TYPE} has {len(layers)} layers instead of one")
    sha256 = oci.blob(wanted, layers[0], web, shelf)
    shelf.entries = known  # podman gets the disk by its address, not as an image
    return sha256


def _ours(wanted: Reference, manifests: list[dict[str, Any]]) -> dict[str, Any]:
    for one in manifests:
        architecture = (one.get("platform") or {}).get("architecture")
        if architecture in ("arm64", "aarch64") and (one.get("annotations") or {}).get("disktype") == DISK_TYPE:
            return one
    raise MirrorTrouble(f"{wanted} has no disk for {DISK_TYPE} on arm64: is it a podman machine's system?")
