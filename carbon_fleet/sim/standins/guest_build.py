"""`podman build` without building: the Containerfile is read, its stages and labels followed, nothing is run."""

from __future__ import annotations

import os
import re
import shlex
import sys

from .disk import fail, fault
from .flags import Flags
from .guest_store import Store, digest, normalised, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPEC: dict[str, type] = {
    "tag": list,
    "file": str,
    "build-arg": list,
    "label": list,
    "target": str,
    "platform": str,
    "format": str,
    "pull": object,
    "no-cache": bool,
    "layers": bool,
    "quiet": bool,
    "force-rm": bool,
    "rm": bool,
    "squash": bool,
    "network": str,
    "iidfile": str,
    "device": list,
    "volume": list,
    "env": list,
    "security-opt": list,
    "isolation": str,
    "cache-from": list,
    "secret": list,
    "jobs": int,
    "timestamp": str,
    "annotation": list,
    "build-context": list,
    "ulimit": list,
    "squash-all": bool,
    "retry": int,
}
_SHORT = {"t": "tag", "f": "file", "q": "quiet", "v": "volume", "e": "env"}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)")


def build(argv: list[str]) -> int:
    """Record what the build would tag."""
    flags = Flags("podman build", _SPEC, _SHORT)
    context = (flags.parse(argv) or ["."])[0]
    path = flags.get("file") or next(
        (f"{context}/{name}" for name in ("Containerfile", "Dockerfile") if os.path.exists(f"{context}/{name}")),
        f"{context}/Containerfile",
    )
    if not os.path.exists(path):
        path = f"{context}/{path}"
    if not os.path.exists(path):
        fail(f"Error: no Containerfile or Dockerfile specified or found in context directory, {context}", 125)
    with open(path) as file:
        text = file.read()
    if fault("build-fails"):
        fail('Error: building at STEP "RUN ...": while running runtime: exit status 1', 1)
    with store(write=True) as opened:
        labels = _Reading(opened, _pairs(flags.get("build-arg", [])), text).labels(flags.get("target"))
        labels.update(_pairs(flags.get("label", [])))
        content = (
            f"{_tree(context)} {sorted(labels.items())} {sorted(flags.get('build-arg', []))} {flags.get('target')}"
        )
        names = [normalised(tag) for tag in flags.get("tag", [])]
        key = opened.add_image(names, labels, content)
    if flags.get("iidfile"):
        with open(flags.get("iidfile"), "w") as file:
            file.write(f"sha256:{key}")
    sys.stdout.write("".join(f"Successfully tagged {name}\n" for name in names) + f"{key}\n")
    return 0


def _pairs(items: list[str]) -> dict[str, str]:
    return dict(item.partition("=")[::2] for item in items)


def _tree(context: str) -> str:
    found = []
    for place, folders, names in os.walk(context):
        folders.sort()
        for name in sorted(names):
            path = f"{place}/{name}"
            with open(path, "rb") as file:
                found.append(f"{os.path.relpath(path, context)} {digest(file.read().decode('latin-1'))}")
    return digest("\n".join(found))


class _Reading:
    """One Containerfile: stages by name, each with its base, arguments and labels."""

    def __init__(self, opened: Store, given: dict[str, str], text: str) -> None:
        self.store = opened
        self.given = given
        self.globals: dict[str, str] = {}
        self.arguments: dict[str, str] = {}
        self.stages: dict[str, dict[str, str]] = {}
        self.last = ""
        for line in re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n", "", text)).splitlines():
            word, _, rest = line.strip().partition(" ")
            step: Any = getattr(self, f"_{word.lower()}", None)
            if word and step:
                step(rest.strip())

    def labels(self, target: str | None) -> dict[str, str]:
        """The labels of the target stage, or of the last."""
        if target and target not in self.stages:
            fail(f'Error: could not find stage "{target}"', 125)
        if not self.stages:
            fail("Error: no FROM statement found", 125)
        return dict(self.stages[target or self.last])

    def _expand(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            return self.arguments.get(match[1] or match[3], match[2] or "")

        return _VARIABLE.sub(value, text)

    def _arg(self, rest: str) -> None:
        name, equals, default = rest.partition("=")
        value = self.given.get(name, self.globals.get(name, ""))
        if equals and name not in self.given:
            value = self._expand(default.strip("\"'"))
        self.arguments[name] = value
        if not self.stages:
            self.globals[name] = value

    def _from(self, rest: str) -> None:
        self.arguments = dict(self.globals)
        words = [word for word in self._expand(rest).split() if not word.startswith("--")]
        base = words[0]
        name = words[2] if len(words) > 2 else str(len(self.stages))
        self.arguments = {}
        self.stages[name] = dict(self._base(base))
        self.last = name

    def _base(self, base: str) -> dict[str, str]:
        if base == "scratch":
            return {}
        if base in self.stages:
            return self.stages[base]
        image = self.store.image(base)
        if image is None:
            if base.startswith("localhost/"):
                fail(f"Error: creating build container: {base}: image not known", 125)
            return dict(self.store.images[self.store.pulled(base)]["labels"])
        labels: dict[str, str] = image["labels"]
        return labels

    def _label(self, rest: str) -> None:
        self.stages[self.last].update(_pairs([self._expand(word) for word in shlex.split(rest)]))

    def _copy(self, rest: str) -> None:
        for word in rest.split():
            source = self._expand(word.removeprefix("--from="))
            if word.startswith("--from=") and not source.isdigit():
                self._base(source)

    def _run(self, rest: str) -> None:
        if rest == "false":
            fail('Error: building at STEP "RUN false": while running runtime: exit status 1', 1)
