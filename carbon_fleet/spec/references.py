"""References of images: which registry one names. Source: the reference grammar of distribution."""

import re
from typing import NamedTuple

HUB = "docker.io"


class Reference(NamedTuple):
    """An image by registry, repository, and tag or digest (`sha256:…`)."""

    registry: str
    name: str
    version: str

    def __str__(self) -> str:
        """The whole reference."""
        return f"{self.registry}/{self.name}{'@' if ':' in self.version else ':'}{self.version}"


def reference(text: str) -> Reference:
    """The parts of a reference; Docker's own registry where none is named, `latest` where there is no version."""
    bare = text.removeprefix("docker://")
    rest, _, digest = bare.partition("@")
    name, tag = rest, ""
    if found := re.fullmatch(r"(.+):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})", rest):
        name, tag = found[1], found[2]
    host, slash, path = name.partition("/")
    named = bool(slash) and ("." in host or ":" in host or host == "localhost")
    registry, name = (host, path) if named else (HUB, name)
    if registry == HUB and "/" not in name:
        name = f"library/{name}"
    return Reference(registry, name, digest or tag or "latest")
