"""The base image the lab's registry serves as debian:bookworm, as a registry stores it."""

import gzip
import hashlib
import http.client
import json
import platform
import shutil
import subprocess
import urllib.parse
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, rootfs
from carbon_fleet.sim.vm import VMError

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def push(registry: str, repository: str, tag: str) -> str:
    """Push the base image to the registry at URL `registry`; return its manifest's digest. Raises VMError."""
    image = _image()
    manifest = json.loads((image / "manifest").read_bytes())
    place = urllib.parse.urlsplit(registry)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
    try:
        for name in ("layer", "config"):
            _blob(connection, repository, image / name, manifest["layers"][0] if name == "layer" else manifest[name])
        body = (image / "manifest").read_bytes()
        _ask(connection, "PUT", f"/v2/{repository}/manifests/{tag}", body, _MANIFEST)
    except (OSError, http.client.HTTPException) as error:
        raise VMError(f"the lab's registry at {registry} did not take the base image: {error}") from error
    finally:
        connection.close()
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _image() -> Path:
    system = rootfs.root(rootfs.BASE)
    target = system.with_name(f"{system.name}.image")
    with FileLock(host.cache_directory() / "image.lock"):
        if not target.is_dir():
            _pack(system, target)
    return target


def _pack(system: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    plain = beside / "layer.tar"
    reproducible = ["--sort=name", "--mtime=@0", "--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*"]
    subprocess.run(["tar", "--create", f"--file={plain}", f"--directory={system}", *reproducible, "."], check=True)
    with plain.open("rb") as source, gzip.GzipFile(beside / "layer", mode="wb", compresslevel=1, mtime=0) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["bash"]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(plain)]},
    }
    plain.unlink()
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


def _blob(connection: http.client.HTTPConnection, repository: str, path: Path, descriptor: dict[str, str]) -> None:
    place = urllib.parse.urlsplit(_ask(connection, "POST", f"/v2/{repository}/blobs/uploads/"))
    query = f"{place.query}&digest={urllib.parse.quote(descriptor['digest'])}"
    _ask(connection, "PUT", f"{place.path}?{query}", path.read_bytes(), "application/octet-stream")


def _ask(connection: http.client.HTTPConnection, verb: str, path: str, body: bytes = b"", kind: str = "") -> str:
    headers = {"Content-Type": kind} if kind else {}
    connection.request(verb, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise http.client.HTTPException(f"{verb} {path}: {answer.status} {text[:300]!r}")
    return answer.getheader("Location", "")
