"""The formulae, casks and taps this lab's Homebrew knows (of homebrew-core and libkrun/krun)."""

from __future__ import annotations

import os

from . import clones
from .disk import SHARED, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    class Formula(NamedTuple):
        """One formula of one tap."""

        tap: str
        name: str
        version: str
        deps: list[str]
        programs: dict[str, str]
        conflicts: list[str]
else:
    from collections import namedtuple

    Formula = namedtuple("Formula", "tap name version deps programs conflicts")

CORE = "homebrew/core"
_KRUN = (
    "gvproxy 0.8.8 ; bin/gvproxy=gvproxy",
    "libkrunfw 5.1.0 ;",
    "virglrenderer-krun 0.10.4e-krunkit libepoxy molten-vk ;",
)
_TABLE: dict[str, tuple[str, ...]] = {
    CORE: (
        "podman 6.1.1 ; bin/podman=podman libexec/podman/gvproxy=gvproxy libexec/podman/vfkit=krunkit",
        "molten-vk 1.4.2 ;",
        "libepoxy 1.5.10 ;",
        "virglrenderer 1.3.0 libepoxy mesa ;",
        "mesa 26.0.2 ;",
        "dtc 1.7.2 ;",
        "xz 5.8.1 ;",
        "jq 1.8.1 oniguruma ;",
        "oniguruma 6.9.10 ;",
        "wget 1.25.0 ;",
        "htop 3.4.1 ;",
        "git 2.52.0 ;",
        "uv 0.13.9 ; bin/uv=uv",
        "tree 2.2.1 ;",
        "restic 0.18.1 ;",
        "age 1.2.1 ;",
        "coreutils 9.9 ;",
        "container 1.1.0 ; bin/container=engine_apple",
        "llama.cpp 10480 ; bin/llama-bench=llama_bench bin/llama-server=llama_server",
        "ollama 0.35.1 ; bin/ollama=ollama",
    ),
    "libkrun/krun": (
        "krunkit 1.3.2 gvproxy libkrun ; bin/krunkit=krunkit",
        "libkrun 1.19.4 dtc libepoxy libkrunfw virglrenderer-krun xz ;",
        *_KRUN,
        "buildah 1.42.0 ;",
        "krunvm 0.2.4 libkrun ;",
    ),
    "slp/krun": (
        "krunkit 1.3.1 gvproxy libkrun ; bin/krunkit=krunkit",
        "libkrun 1.19.3 libepoxy libkrunfw virglrenderer-krun ;",
        *_KRUN,
    ),
    "slp/krunkit": (
        "krunkit 1.1.1 gvproxy libkrun-efi ; bin/krunkit=krunkit",
        "libkrun-efi 1.16.0 libepoxy molten-vk ;",
        _KRUN[0],
    ),
}
CASKS = {
    "podman-desktop": "1.23.1",
    "docker-desktop": "4.51.0",
    "visual-studio-code": "1.106.0",
    "rectangle": "0.90",
    "utm": "4.7.4",
}
_CONFLICTS = {"virglrenderer-krun": ["virglrenderer"], "virglrenderer": ["virglrenderer-krun"]}


def tap_names() -> list[str]:
    """Every tap that can be tapped."""
    return list(_TABLE)


def of_tap(tap: str) -> dict[str, Formula]:
    """One tap's formulae by name, as its clone says where git made one; else `versions.json` may say others."""
    if clones.real(tap):
        return {
            name: Formula(tap, name, version, needs, _programs(name), _CONFLICTS.get(name, []))
            for name, version, needs in clones.rows(tap)
        }
    versions = read_json(f"{SHARED}/versions.json", {})
    found = {}
    for row in _TABLE.get(tap, ()):
        left, _, _ = row.partition(";")
        name, version, *deps = left.split()
        version = versions.get(name if tap == CORE else f"{tap}/{name}", version)
        found[name] = Formula(tap, name, version, deps, _programs(name), _CONFLICTS.get(name, []))
    return found


def _programs(name: str) -> dict[str, str]:
    """What of a formula is a program, in whatever tap it is: path → stand-in."""
    if name == "podman" and os.path.exists(f"{SHARED}/emulated"):
        return {"bin/podman": "emulated_podman"}
    for row in (row for rows in _TABLE.values() for row in rows):
        left, _, right = row.partition(";")
        if left.split()[0] == name:
            return dict(item.split("=") for item in right.split())
    return {}


def full_name(formula: Formula) -> str:
    """As `brew list --full-name` prints it: core formulae are bare."""
    return formula.name if formula.tap == CORE else f"{formula.tap}/{formula.name}"
