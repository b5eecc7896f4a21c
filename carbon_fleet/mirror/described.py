"""A tap's bottle as brew would have uploaded it to a registry: the index it looks a bottle's receipt up in.

Source: brew's `github_packages.rb` (what is written) and `resource.rb`, `BottleManifest` (what is read).
"""

import hashlib
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from carbon_fleet.mirror.formulae import Formula
from carbon_fleet.mirror.trouble import MirrorTrouble

INDEX, MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_DIGEST = "sh.brew.bottle.digest"


def manifest(sha256: str, size: int) -> bytes:
    """The manifest of one bottle."""
    layer = {"mediaType": _LAYER, "digest": f"sha256:{sha256}", "size": size}
    return _json({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [layer]})


def bottle(formula: Formula, tag: str, path: Path, its_manifest: bytes) -> dict[str, Any]:
    """What the index says of the bottle at `path`, whose name is its sha256. Raises `MirrorTrouble`."""
    name = f"{formula.version}.{tag}{f'.{formula.rebuild}' if formula.rebuild else ''}"
    return {
        "mediaType": MANIFEST,
        "digest": f"sha256:{hashlib.sha256(its_manifest).hexdigest()}",
        "size": len(its_manifest),
        "platform": {"architecture": "arm64", "os": "darwin"},
        "annotations": {
            "org.opencontainers.image.ref.name": name,
            _DIGEST: path.name,
            "sh.brew.bottle.size": str(path.stat().st_size),
            "sh.brew.tab": _receipt(formula, path),
        },
    }


def others(index: bytes, sha256: str) -> list[dict[str, Any]]:
    """The bottles in an index of ours besides this one."""
    said: list[dict[str, Any]] = json.loads(index)["manifests"]
    return [one for one in said if one["annotations"][_DIGEST] != sha256]


def index(bottles: Sequence[Mapping[str, Any]]) -> bytes:
    """The index of all bottles of a formula's version."""
    return _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(bottles)})


def _receipt(formula: Formula, path: Path) -> str:
    """The receipt in a bottle, in one line; an empty one where it has none, as bottles with their receipt apart."""
    wanted = f"{formula.name}/{formula.version}/INSTALL_RECEIPT.json"
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.removeprefix("./") == wanted and (file := archive.extractfile(member)):
                    return _json(json.loads(file.read())).decode()
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise MirrorTrouble(f"the bottle of {formula.full_name} cannot be read: {error}") from error
    return "{}"


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
