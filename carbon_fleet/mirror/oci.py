"""Images of registries, laid out as a registry would answer them. OCI distribution-spec 1.1, image-spec 1.1."""

import json
from typing import Any, NamedTuple

from carbon_fleet.mirror.manifest import Kind
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec.references import Reference

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
ACCEPT = ", ".join(
    (
        *INDEXES,
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


class Found(NamedTuple):
    """A manifest: its sha256, its media type, and what it says."""

    sha256: str
    media: str
    said: dict[str, Any]


def image(wanted: Reference, platform: str, web: Web, shelf: Shelf) -> None:
    """Have an image, for one platform (`linux/arm64`), on the shelf below its own registry's name.

    Of an index the whole text is kept, for that is what its digest is of. Raises `MirrorTrouble`.
    """
    top = manifest(wanted, wanted.version, web, shelf)
    one = top
    if top.media in INDEXES:
        one = manifest(wanted, str(_of_platform(wanted, top, platform)["digest"]), web, shelf)
    for part in (one.said["config"], *one.said["layers"]):
        blob(wanted, part, web, shelf)


def manifest(wanted: Reference, version: str, web: Web, shelf: Shelf) -> Found:
    """A manifest by tag or digest, answered by both. One by digest that is there already is not asked for."""
    known = version.removeprefix("sha256:") if version.startswith("sha256:") else _told(wanted, version, web)
    url = f"https://{wanted.registry}/v2/{wanted.name}/manifests/{version}"
    if known is not None and shelf.depot.has(known):
        body = shelf.depot.path(known).read_bytes()
    else:
        _, body = web.read(url, ACCEPT, wanted.name)
    said = _document(url, body)
    sha256 = shelf.depot.put(body)
    if version.startswith("sha256:") and sha256 != known:
        raise MirrorTrouble(f"{url}: its sha256 is {sha256}: it is another manifest")
    media = said.get("mediaType") or (
        INDEXES[0] if "manifests" in said else "application/vnd.oci.image.manifest.v1+json"
    )
    for word in {version, f"sha256:{sha256}"}:
        shelf.add(
            _path(wanted, "manifests", word), Kind.IMAGE, sha256, f"https://{wanted.registry}/{wanted.name}", media
        )
    return Found(sha256, media, said)


def blob(wanted: Reference, part: dict[str, Any], web: Web, shelf: Shelf) -> str:
    """A config or layer; its sha256."""
    digest = str(part.get("digest"))
    if not digest.startswith("sha256:"):
        raise MirrorTrouble(f"{wanted}: a part of it has the digest {digest[:80]!r}, which is no sha256")
    url = f"https://{wanted.registry}/v2/{wanted.name}/blobs/{digest}"
    sha256 = web.keep(url, digest.removeprefix("sha256:"), size=int(part.get("size") or 0), name=wanted.name)
    shelf.add(_path(wanted, "blobs", digest), Kind.IMAGE, sha256, f"https://{wanted.registry}/{wanted.name}")
    return sha256


def _told(wanted: Reference, tag: str, web: Web) -> str | None:
    """The digest a tag is on, where the registry says it without sending the manifest."""
    url = f"https://{wanted.registry}/v2/{wanted.name}/manifests/{tag}"
    told = web.head(url, ACCEPT, wanted.name).get("Docker-Content-Digest") or ""
    return told.removeprefix("sha256:") if told.startswith("sha256:") else None


def _path(wanted: Reference, kind: str, word: str) -> str:
    return f"/v2/{wanted.registry}/{wanted.name}/{kind}/{word}"


def _document(url: str, body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not ({"manifests"} <= said.keys() or {"config", "layers"} <= said.keys()):
        raise MirrorTrouble(f"{url}: what is there is no manifest of an image")
    return said


def _of_platform(wanted: Reference, top: Found, platform: str) -> dict[str, Any]:
    system, _, architecture = platform.partition("/")
    for one in top.said["manifests"]:
        its = one.get("platform") or {}
        if (its.get("os"), its.get("architecture")) == (system, architecture):
            return dict(one)
    raise MirrorTrouble(f"{wanted} is not for {platform}: say another image, or `platform` in the lab file")
