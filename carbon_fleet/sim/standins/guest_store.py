"""The modelled guest's container store: images, containers and volumes on disk, where the real store has them.

`sim.json` is the model; beside it the lists that the real store keeps (overlay-images, overlay-containers) are written
in their real shape, because what is at stake on a machine is read from those files.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time

from . import downloads
from .disk import read_json, write_json
from .guest_runuser import AS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def directory() -> str:
    """Root's store, or the user's own."""
    if os.getuid() == 0 and AS not in os.environ:
        return "/var/lib/containers/storage"
    return os.path.expanduser("~/.local/share/containers/storage")


@contextlib.contextmanager
def store(*, write: bool = False) -> Iterator[Store]:
    """The store under its lock; saved at the end when `write`."""
    place = directory()
    os.makedirs(place, exist_ok=True)
    with open(f"{place}/sim.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
        opened = Store(place)
        yield opened
        if write:
            opened.save()


class Store:
    """`images` by id, `containers` by id."""

    def __init__(self, place: str) -> None:
        self.place = place
        data: dict[str, Any] = read_json(f"{place}/sim.json", {})
        self.images: dict[str, dict[str, Any]] = data.get("images", {})
        self.containers: dict[str, dict[str, Any]] = data.get("containers", {})

    def save(self) -> None:
        """Write the model and the lists."""
        write_json(f"{self.place}/sim.json", {"images": self.images, "containers": self.containers})
        images = [
            {
                "id": key,
                "digest": image["digest"],
                "names": image["names"],
                "layer": key,
                "created": _iso(image["created"]),
            }
            for key, image in self.images.items()
        ]
        containers = [
            {"id": key, "names": [box["name"]], "image": box["image"], "layer": key, "created": _iso(box["created"])}
            for key, box in self.containers.items()
        ]
        write_json(f"{self.place}/overlay-images/images.json", images, mode=0o600)
        write_json(f"{self.place}/overlay-containers/containers.json", containers, mode=0o600)

    def image(self, name: str) -> dict[str, Any] | None:
        """An image by tag, id or the beginning of an id."""
        wanted = normalised(name)
        for key, image in self.images.items():
            if wanted in image["names"] or key.startswith(name.removeprefix("sha256:")):
                return {"id": key, **image}
        return None

    def add_image(self, names: list[str], labels: dict[str, str], content: str, size: int = 214_000_000) -> str:
        """Enter an image made of `content`; its tags leave whatever had them."""
        key = digest(content)
        for image in self.images.values():
            image["names"] = [name for name in image["names"] if name not in names]
        kept = self.images.get(key, {}).get("names", [])
        created = self.images.get(key, {}).get("created", time.time())
        self.images[key] = {
            "names": [*names, *(name for name in kept if name not in names)],
            "labels": labels,
            "digest": f"sha256:{digest('manifest ' + content)}",
            "created": created,
            "size": size,
        }
        return key

    def pulled(self, name: str) -> str:
        """Enter an image from a registry. What is made up is carbon-fleet's own where it lies below carbon/."""
        if downloads.real():
            from . import guest_registry

            found = guest_registry.pull(normalised(name))
            key = self.add_image([normalised(name)], found.labels, f"pulled {name}", found.size)
            self.images[key]["digest"] = found.digest
            return key
        labels = {"io.carbon-fleet.inputs": digest(name)} if "/carbon/" in name else {}
        key = self.add_image([normalised(name)], labels, f"pulled {name}", 117_000_000)
        if "@" in name:
            self.images[key]["digest"] = name.partition("@")[2]
        return key

    def container(self, name: str) -> dict[str, Any] | None:
        """A container by name, id or the beginning of an id."""
        for key, box in self.containers.items():
            if box["name"] == name or (len(name) >= 3 and key.startswith(name)):
                return {"id": key, **box}
        return None


def digest(text: str) -> str:
    """sha256 as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def normalised(name: str) -> str:
    """A reference with registry and tag, as podman stores it."""
    if "@" not in name and ":" not in name.rpartition("/")[2]:
        name += ":latest"
    return name if "/" in name else f"localhost/{name}"


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
