"""The environments the project itself brings (`files/environments/NAME/`), and what a lab file's come to with them."""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from carbon_fleet import assets
from carbon_fleet.spec import Mac, Text, Wish
from operations._definitions import load
from operations.environment.wish import Environment, Environments, Lock, Module, Proof, Python

LOCK = "lock.txt"
LONGEST = 4 << 20
"""Bytes of a lock file; one of PyTorch and JupyterLab has about 100 KiB."""


class Ready(Wish):
    """What an environment.yml says. How and when its lock was made stands at the lock's own beginning."""

    description: Text
    """What it is for."""
    python: Python
    prove: Proof
    imports: tuple[Module, ...]


def names() -> tuple[str, ...]:
    """Those there are."""
    return assets.folders("environments")


@cache
def ready(name: str) -> Ready:
    """The environment.yml of `name`."""
    return load(f"environments/{name}/environment.yml", Ready)


def filled(wanted: Environments, mac: Mac) -> Environments:
    """The environments with the text of their locks, and what a ready-made one says where the lab file does not."""
    return Environments({name: one and _filled(name, one, mac.folder) for name, one in wanted.root.items()})


def _filled(name: str, one: Environment, folder: Path) -> Environment:
    if one.lock is not None:
        return one.model_copy(update={"lock": _read(one.lock.path, folder / one.lock.path)})
    if name not in names():
        return one
    own = ready(name)
    path = assets.root() / "files" / "environments" / name / LOCK
    more = {"lock": replace(_read(f"{name}/{LOCK}", path), ready=True)}
    said = {key: getattr(own, key) for key in ("python", "prove", "imports") if getattr(one, key) is None}
    return one.model_copy(update={**more, **said})


def _read(written: str, path: Path) -> Lock:
    """The lock with its text; without one where it cannot be read, which `check` tells."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LONGEST + 1)
        text = content.decode() if len(content) <= LONGEST else ""
    except (OSError, ValueError):
        return Lock(path=written)
    return Lock(path=written, sha256=hashlib.sha256(content).hexdigest() if text else "", content=text)
