"""Images as podman fetches them: whence by containers-registries.conf(5), checked by their digests."""

from __future__ import annotations

import glob
import json

from . import downloads
from .disk import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Pulled(NamedTuple):
        """What a pull brought: the digest of the manifest that was named, the labels, the bytes of all layers."""

        digest: str
        labels: dict[str, str]
        size: int
else:
    from collections import namedtuple

    Pulled = namedtuple("Pulled", "digest labels size")

_ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.index.v1", "docker.distribution.manifest.list.v2", "oci.image.manifest.v1",
                 "docker.distribution.manifest.v2")
)  # fmt: skip


def pull(name: str) -> Pulled:
    """Fetch an image by its whole reference. Ends the program where that cannot be."""
    rest, _, wanted = name.partition("@")
    place, colon, tag = rest.rpartition(":")
    place, tag = (place, tag) if colon and "/" not in tag else (rest, "latest")
    root, path = _location(place)
    try:
        return _pull(name, f"{root}/v2/{path}", wanted or tag)
    except downloads.Unreached as error:
        return fail(f"Error: initializing source docker://{name}: {error}", 125)


def _location(name: str) -> tuple[str, str]:
    """Scheme with host, and repository, of an image's name: rewritten by the longest prefix that fits."""
    import tomllib

    best: dict[str, Any] = {}
    for path in sorted(glob.glob("/etc/containers/registries.conf.d/*.conf")):
        with open(path, "rb") as file:
            for one in tomllib.load(file).get("registry", []):
                prefix = one.get("prefix", one["location"])
                if name.startswith(f"{prefix}/") and len(prefix) > len(best.get("prefix", "")):
                    best = {**one, "prefix": prefix}
    if best:
        name = best["location"] + name[len(best["prefix"]) :]
    host, _, path = name.partition("/")
    return f"{'http' if best.get('insecure') else 'https'}://{host}", path


def _pull(name: str, root: str, version: str) -> Pulled:
    text = downloads.get(f"{root}/manifests/{version}", {"Accept": _ACCEPT})
    digest, said = _checked(name, text, version)
    if "manifests" in said:
        ours = [one for one in said["manifests"] if (one.get("platform") or {}).get("architecture") == "arm64"]
        if not ours:
            fail(f"Error: choosing an image from manifest list docker://{name}: no image found", 125)
        version = ours[0]["digest"]
        _, said = _checked(name, downloads.get(f"{root}/manifests/{version}", {"Accept": _ACCEPT}), version)
    blobs = [_blob(name, root, part) for part in (said["config"], *said["layers"])]
    labels = (json.loads(blobs[0]).get("config") or {}).get("Labels") or {}
    return Pulled(digest, labels, sum(len(blob) for blob in blobs))


def _checked(name: str, text: bytes, version: str) -> tuple[str, dict[str, Any]]:
    digest = f"sha256:{downloads.sha256(text)}"
    if version.startswith("sha256:") and version != digest:
        fail(f"Error: reading manifest {version} in {name}: manifest does not match provided manifest digest", 125)
    return digest, json.loads(text)


def _blob(name: str, root: str, part: dict[str, Any]) -> bytes:
    content = downloads.get(f"{root}/blobs/{part['digest']}")
    if f"sha256:{downloads.sha256(content)}" != part["digest"]:
        fail(f"Error: copying system image from manifest list: {name}: Digest did not match {part['digest']}", 125)
    return content
