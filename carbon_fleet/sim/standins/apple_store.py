"""Apple's container's images and volumes: what is listed, made and removed.

The shapes of lists: `ImageResource.swift`, `VolumeResource.swift`, `VolumeConfiguration.swift`. A name keeps its
registry (`localhost/…`: `Reference.parse`). A volume's removal: `VolumeDelete.swift`, `VolumesService.swift`.
A new one has the `lost+found` of its file system (apple/container issue 1730).
"""

from __future__ import annotations

import os
import shutil
import sys

from .apple_words import APP_ROOT, changing, compact, known, pretty, refuse, wrong
from .disk import SHARED, fail
from .engines import change, images, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

INPUTS = "io.carbon-fleet.inputs"
_DIGEST = f"sha256:{'0' * 64}"


def image(words: list[str]) -> None:
    """`image list`, `inspect`, `pull`, `tag`, `rm`."""
    verb, rest = words[0], words[1:]
    if verb == "list" and rest == ["--format", "json"]:
        sys.stdout.write(compact([_image(*one) for one in images("apple").items()]))
    elif verb == "inspect":
        if rest[0] not in images("apple"):
            wrong("notFound", f"image {rest[0]}")
        sys.stdout.write(pretty([_image(rest[0], images("apple")[rest[0]])]))
    elif verb == "pull":
        change("apple", images={**images("apple"), rest[-1]: "elsewhere"})
    elif verb == "tag":
        change("apple", images={**images("apple"), rest[1]: images("apple")[rest[0]]})
    elif verb in ("rm", "delete"):
        if rest[-1] not in images("apple"):
            wrong("notFound", f"image {rest[-1]}")
        change("apple", images={tag: inputs for tag, inputs in images("apple").items() if tag != rest[-1]})
    else:
        unknown("container", ["image", *words])


def _image(reference: str, inputs: str) -> dict[str, Any]:
    config = {"architecture": "arm64", "os": "linux", "config": {"Labels": {INPUTS: inputs} if inputs else {}}}
    descriptor = {"digest": _DIGEST, "mediaType": "application/vnd.oci.image.index.v1+json", "size": 1}
    platform = {"architecture": "arm64", "os": "linux"}
    return {
        "configuration": {"creationDate": "1970-01-01T00:00:00Z", "descriptor": descriptor, "name": reference},
        "id": _DIGEST.partition(":")[2],
        "variants": [{"config": config, "digest": _DIGEST, "platform": platform, "size": 1}],
    }


def build(words: list[str]) -> None:
    """`build --progress plain --file FILE --tag TAG --label … --build-arg … FOLDER`."""
    pairs = list(zip(words[:-1:2], words[1:-1:2], strict=False))
    if any(not option.startswith("--") for option, _ in pairs):
        unknown("container", ["build", *words])
    if not os.path.isfile(dict(pairs)["--file"]) or not os.path.isdir(words[-1]):
        wrong("invalidArgument", f"Dockerfile does not exist at path: {dict(pairs)['--file']}")
    for option, value in pairs:
        base = value.partition("=")[2]
        if option == "--build-arg" and base.startswith("localhost/") and base not in images("apple"):
            fail(f"ERROR: failed to solve: {base}: failed to resolve source metadata")
    labels = dict(value.split("=", 1) for option, value in pairs if option == "--label")
    change("apple", images={**images("apple"), dict(pairs)["--tag"]: labels.get(INPUTS, "")})


def volume(words: list[str]) -> None:
    """`volume list`, `create`, `rm`."""
    verb, rest = words[0], words[1:]
    if verb == "list" and rest == ["--format", "json"]:
        sys.stdout.write(compact([_volume(*one) for one in known()["volumes"].items()]))
    elif verb == "list" and rest == ["--quiet"]:
        sys.stdout.write("".join(f"{name}\n" for name in known()["volumes"]))
    elif verb == "create":
        label = rest[1] if rest[:1] == ["--label"] else ""
        with changing() as state:
            if rest[-1] in state["volumes"]:
                refuse(f"volume '{rest[-1]}' already exists")
            state["volumes"][rest[-1]] = {label.partition("=")[0]: label.partition("=")[2]} if label else {}
            make(rest[-1])
        sys.stdout.write(f"{rest[-1]}\n")
    elif verb in ("rm", "delete"):
        _remove(rest[-1])
    else:
        unknown("container", ["volume", *words])


def _volume(name: str, labels: dict[str, str]) -> dict[str, Any]:
    said = {
        "name": name,
        "driver": "local",
        "format": "ext4",
        "source": f"{APP_ROOT}/volumes/{name}/volume.img",
        "labels": labels,
        "options": {},
    }
    return {"configuration": {**said, "creationDate": "2026-11-30T12:00:00Z", "sizeInBytes": 512 * 2**30}, "id": name}


def make(name: str) -> str:
    """A volume's disk, and the folder in which what is in it really lies: at first the `lost+found` of its ext4."""
    folder = f"{SHARED}/apple/{name}"
    if not os.path.isdir(folder):
        os.makedirs(f"{folder}/lost+found", 0o700)
        os.makedirs(f"{APP_ROOT}/volumes/{name}", exist_ok=True)
        with open(f"{APP_ROOT}/volumes/{name}/volume.img", "w", encoding="utf-8") as disk:
            disk.write(folder)
    return folder


def _remove(name: str) -> None:
    with changing() as state:
        if name not in state["volumes"]:
            wrong("notFound", f'failed to delete one or more volumes: ["{name}"]')
        if any(name in (mount["source"] for mount in one["mounts"]) for one in state["containers"].values()):
            sys.stderr.write(f"failed to delete volume id={name} error=volume '{name}' is currently in use\n")
            wrong("internalError", f'delete failed for one or more volumes: ["{name}"]')
        del state["volumes"][name]
    for folder in (f"{SHARED}/apple/{name}", f"{APP_ROOT}/volumes/{name}"):
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"{name}\n")
