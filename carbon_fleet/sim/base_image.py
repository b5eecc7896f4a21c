"""Images made of the systems in the cache, as a registry stores them; debian:bookworm is one."""

import gzip
import hashlib
import http.client
import json
import platform
import shutil
import subprocess
import urllib.parse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from carbon_fleet.sim import host, rootfs
from carbon_fleet.sim.vm import VMError

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The search path an image's configuration says, as every Debian image's."""
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_HISTORY = [{"created": "1970-01-01T00:00:00Z", "created_by": "debootstrap"}]
"""An entry for each layer. Without it, or its time, podman takes no step of a build on this image from its cache."""


def push(registry: str, repository: str, tag: str) -> str:
    """Push the base image to the registry at URL `registry`; return its manifest's digest. Raises VMError."""
    return push_image(registry, f"{repository}:{tag}", packed(rootfs.BASE, {"Env": [PATH], "Cmd": ["bash"]}))


def push_image(registry: str, name: str, image: Path) -> str:
    """Push what `packed` made as NAME:TAG; return its manifest's digest. Raises VMError."""
    repository, _, tag = name.partition(":")
    body = (image / "manifest").read_bytes()
    manifest = json.loads(body)
    place = urllib.parse.urlsplit(registry)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    try:
        for part, descriptor in (("layer", manifest["layers"][0]), ("config", manifest["config"])):
            _blob(connection, repository, image / part, descriptor)
        _ask(connection, "PUT", f"/v2/{repository}/manifests/{tag}", body, _MANIFEST)
    except (OSError, http.client.HTTPException) as error:
        raise VMError(f"the lab's registry at {registry} did not take the image {name}: {error}") from error
    finally:
        connection.close()
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def packed(system: rootfs.System, settings: Mapping[str, Any]) -> Path:
    """The folder of the image that is `system`, with `settings` as its configuration; made once."""
    root = rootfs.root(system)
    layers = root.with_name(f"{root.name}.layers")
    words = json.dumps([settings, _HISTORY], sort_keys=True)
    target = layers / hashlib.sha256(words.encode()).hexdigest()[:12]
    with FileLock(host.cache_directory() / f"{system.name}-image.lock"):
        if not layers.is_dir():
            _pack(root, layers)
        if not target.is_dir():
            _configure(layers, target, settings)
    return target


def _pack(root: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    plain = beside / "layer.tar"
    reproducible = ["--sort=name", "--mtime=@0", "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*"]
    subprocess.run(["tar", "--create", f"--file={plain}", f"--directory={root}", *reproducible, "."], check=True)
    with plain.open("rb") as source, gzip.GzipFile(beside / "layer", mode="wb", compresslevel=1, mtime=0) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)
    (beside / "diff-id").write_text(_digest(plain))
    plain.unlink()
    beside.rename(target)


def _configure(layers: Path, target: Path, settings: Mapping[str, Any]) -> None:
    beside = target.with_name(f".{target.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    (beside / "layer").hardlink_to(layers / "layer")
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": settings,
        "history": _HISTORY,
        "rootfs": {"type": "layers", "diff_ids": [(layers / "diff-id").read_text()]},
    }
    (beside / "config").write_text(json.dumps(config))
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor(beside / "config", _CONFIG),
        "layers": [_descriptor(beside / "layer", _LAYER)],
    }
    (beside / "manifest").write_text(json.dumps(manifest))
    beside.rename(target)


def _descriptor(path: Path, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(path), "size": path.stat().st_size}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _blob(connection: http.client.HTTPConnection, repository: str, path: Path, descriptor: dict[str, Any]) -> None:
    place = urllib.parse.urlsplit(_ask(connection, "POST", f"/v2/{repository}/blobs/uploads/"))
    query = f"{place.query}&digest={urllib.parse.quote(descriptor['digest'])}"
    with path.open("rb") as body:
        _ask(connection, "PUT", f"{place.path}?{query}", body, length=descriptor["size"])


def _ask(
    connection: http.client.HTTPConnection,
    verb: str,
    path: str,
    body: bytes | BinaryIO = b"",
    kind: str = "",
    length: int | None = None,
) -> str:
    headers = {"Content-Type": kind} if kind else {}
    if length is not None:
        headers["Content-Length"] = str(length)
    connection.request(verb, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise http.client.HTTPException(f"{verb} {path}: {answer.status} {text[:300]!r}")
    return answer.getheader("Location", "")
