"""docker's images, containers and volumes: what is listed, made and removed; just the formats that are asked for."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tarfile

from .disk import SHARED, fail
from .engines import change, images, inspected, state, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ARCH = "arm64"
LABEL, STACK = "io.carbon-fleet.inputs", "io.carbon-fleet.stack"
_OWN = ("stack", "container", "definition", "secrets")
_LABELS = [f'{{{{.Label "io.carbon-fleet.{name}"}}}}' for name in _OWN]
PS = "|".join(["{{.Names}}", "{{.State}}", *_LABELS[:3], "{{.Image}}", _LABELS[3]])
VERIFYS = "|".join(["{{.Names}}", "{{.State}}", *_LABELS])
LANDED = f'{{{{index .Config.Labels "{LABEL}"}}}} {{{{range .RootFS.Layers}}}}{{{{.}}}},{{{{end}}}}'
TOLD = (
    f'inputs {{{{index .Config.Labels "{LABEL}"}}}}\narchitecture {{{{.Architecture}}}}\nsize {{{{.Size}}}}\n'
    "layers {{range .RootFS.Layers}}{{.}},{{end}}"
)
_LANDED, _TOLD = "{inputs} {layers}", "inputs {inputs}\narchitecture {arch}\nsize 1000\nlayers {layers}"
HEALTH = "{{.Name}}|{{with .State.Health}}{{.Status}}{{end}}"
VOLUMES = f'{{{{.Name}}}}|{{{{.Label "{STACK}"}}}}'


def ps(words: list[str]) -> None:
    """`ps --all --no-trunc --format PS`, and verify's; names alone, of a stack or of those that run with a volume."""
    known = state("docker").get("containers", {})
    if words[:2] == ["--all", "--filter"] and words[3:] == ["--format", "{{.Names}}"]:
        _names(name for name, one in known.items() if words[2] == f"label={STACK}={one['labels'].get(STACK)}")
    elif words[:1] == ["--filter"] and words[2:] == ["--format", "{{.Names}}"]:
        volume = words[1].removeprefix("volume=")
        _names(name for name, one in known.items() if volume in one["volumes"] and one["state"] == "running")
    elif words in (["--all", "--no-trunc", "--format", PS], ["--all", "--no-trunc", "--format", VERIFYS]):
        for name, one in known.items():
            *labels, secrets = [one["labels"].get(f"io.carbon-fleet.{word}", "") for word in _OWN]
            image = [one["image"]] if words[-1] == PS else []
            sys.stdout.write("|".join([name, one["state"], *labels, *image, secrets]) + "\n")
    else:
        unknown("docker", ["ps", *words])


def _names(found: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{name}\n" for name in found))


def inspect(words: list[str]) -> None:
    """`inspect --type container --format HEALTH NAME…`; one that does not run keeps the health it had."""
    if words[:4] != ["--type", "container", "--format", HEALTH]:
        unknown("docker", ["inspect", *words])
    containers = state("docker").get("containers", {})
    for name in words[4:]:
        if name in containers:
            sys.stdout.write(f"/{name}|{containers[name]['health']}\n")
    for name in words[4:]:
        if name not in containers:
            fail(f"Error response from daemon: No such container: {name}")


def image(words: list[str]) -> None:
    """`image ls`, `inspect`, `save`, `load`, `rm`."""
    if words[0] == "inspect" and words[1] == "--format":
        inputs = images("docker").get(words[-1], "")
        told = _LANDED if words[2] == LANDED else _TOLD if words[2] == TOLD else unknown("docker", ["image", *words])
        sys.stdout.write(told.format(inputs=inputs, arch=ARCH, layers=f"sha256:{inputs},") + "\n")
    elif words[0] == "save":
        sys.stdout.write(json.dumps({"tag": words[1], "inputs": images("docker")[words[1]]}))
    elif words[0] == "load":
        _load(sys.stdin.read())
    elif words[0] == "inspect":
        if words[1] not in images("docker"):
            sys.stdout.write("[]\n")
            fail(f"Error response from daemon: No such image: {words[1]}")
        sys.stdout.write(inspected(words[1], images("docker")[words[1]]))
    elif words == ["ls", "--filter", f"label={LABEL}", "--format", "{{.Repository}}:{{.Tag}}"]:
        sys.stdout.write("".join(f"{tag}\n" for tag, inputs in images("docker").items() if inputs))
    elif words[0] == "rm" and words[-1] in images("docker"):
        users = [name for name, one in state("docker").get("containers", {}).items() if one["image"] == words[-1]]
        if users:
            fail(f"Error response from daemon: conflict: unable to remove repository reference: {users[0]} uses it")
        change("docker", images={tag: inputs for tag, inputs in images("docker").items() if tag != words[-1]})
    else:
        unknown("docker", ["image", *words])


def _load(archive: str) -> None:
    """An archive that was cut off is none."""
    try:
        told = json.loads(archive)
    except ValueError:
        fail("unexpected EOF")
    change("docker", images={**images("docker"), told["tag"]: told["inputs"]})
    sys.stdout.write(f"Loaded image: {told['tag']}\n")


def build(words: list[str]) -> None:
    """`build --file Containerfile --tag TAG --label … --build-arg … -`, the context a tar on standard input."""
    pairs = list(zip(words[:-1:2], words[1:-1:2], strict=False))
    if words[-1] != "-" or any(not option.startswith("--") for option, _ in pairs):
        unknown("docker", ["build", *words])
    with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())) as context:
        if dict(pairs)["--file"] not in context.getnames():
            fail(f"ERROR: failed to read dockerfile: open {dict(pairs)['--file']}: no such file or directory")
    for option, value in pairs:
        base = value.partition("=")[2]
        if option == "--build-arg" and base.startswith("localhost/") and base not in images("docker"):
            fail(f"ERROR: failed to solve: {base}: failed to resolve source metadata")
    labels = dict(value.split("=", 1) for option, value in pairs if option == "--label")
    change("docker", images={**images("docker"), dict(pairs)["--tag"]: labels.get(LABEL, "")})


def pull(reference: str) -> None:
    """`pull REFERENCE`; what is brought in by digest is an image of ours, made elsewhere."""
    change("docker", images={**images("docker"), reference: "elsewhere"})


def tag(reference: str, name: str) -> None:
    """`tag REFERENCE NAME`."""
    change("docker", images={**images("docker"), name: images("docker")[reference]})


def folder(volume: str) -> str:
    """Where what is in a volume really lies."""
    return f"{SHARED}/docker/{volume}"


def volume(words: list[str]) -> None:
    """`volume ls`, `create`, `inspect`, `rm`."""
    known: dict[str, str] = state("docker").get("volumes", {})
    if words == ["ls", "--format", VOLUMES]:
        sys.stdout.write("".join(f"{name}|{stack}\n" for name, stack in known.items()))
    elif words[0] == "create":
        label = words[2].partition("=")[2] if "--label" in words else ""
        os.makedirs(folder(words[-1]), exist_ok=True)
        change("docker", volumes={words[-1]: label, **known})
        sys.stdout.write(f"{words[-1]}\n")
    elif words[0] == "rm" and words[1] in known:
        if any(words[1] in one["volumes"] for one in state("docker").get("containers", {}).values()):
            fail(f"Error response from daemon: remove {words[1]}: volume is in use")
        shutil.rmtree(folder(words[1]), ignore_errors=True)
        change("docker", volumes={name: stack for name, stack in known.items() if name != words[1]})
    elif words[0] == "inspect":
        if words[1] not in known:
            sys.stdout.write("[]\n")
            fail(f"Error response from daemon: get {words[1]}: no such volume")
        sys.stdout.write(json.dumps([{"Name": words[1], "Labels": {STACK: known[words[1]]}}]) + "\n")
    else:
        unknown("docker", ["volume", *words])


def remove(words: list[str]) -> None:
    """`rm --force NAME`."""
    containers = state("docker").get("containers", {})
    if words[-1] not in containers:
        fail(f"Error response from daemon: No such container: {words[-1]}")
    change("docker", containers={name: one for name, one in containers.items() if name != words[-1]})
    sys.stdout.write(f"{words[-1]}\n")
