"""Reads and writes a lab's lock file: mistakes are named at their lines, as in a lab file."""

from collections.abc import Mapping
from dataclasses import replace

from carbon_fleet.spec import document
from carbon_fleet.spec.errors import LabError
from carbon_fleet.spec.layers import Faults
from carbon_fleet.spec.locked import LockedSet, LockFile
from carbon_fleet.spec.mac import Lab, Mac
from carbon_fleet.spec.parse import parse
from carbon_fleet.spec.section import Validator
from carbon_fleet.spec.tree import Node, Scalar, child
from carbon_fleet.spec.tree import Path as Steps
from carbon_fleet.spec.writing import wish_yaml

HEAD = """\
# What was seen working in the lab `{lab}`: written by `carbon-fleet lock`, compared by `plan`, `drift` and `compat`.
# Keep it beside the lab file, in git. To move it: `carbon-fleet lock LAB --upgrade`.
"""


def with_lock(lab: Lab) -> Lab:
    """The lab with its lock file, where it has one. Raises LabError with everything that is wrong with that file."""
    try:
        if not lab.lock_path.exists():
            return lab
    except OSError:
        return lab
    lock = lock_from_text(document.read_text(lab.lock_path), lab.name, str(lab.lock_path))
    return replace(lab, macs=_locked(lab.macs, lock.by_mac), locked=lock)


def lock_from_text(text: str, lab: str, file: str) -> LockFile:
    """The lock file of the lab `lab` that is written in `text`. Raises LabError; `file` is what its errors carry."""
    root, found = parse(text.removeprefix("\ufeff"), file)
    faults = Faults(file, found, settled={(fault.line, fault.column) for fault in found})
    here = root or Scalar(1, 1, None, "")
    lock, mistakes = Validator().validate(LockFile, here, here)
    for each in mistakes:
        faults.add(each.node, each.path, *each.words)
    if isinstance(lock, LockFile):
        for problem in lock.problems(lab):
            faults.add(_at(here, problem.path), problem.path, problem.what, problem.why, problem.write)
        if not faults.found:
            return lock
    raise LabError(tuple(sorted(faults.found)))


def _at(node: Node, path: Steps) -> Node:
    for step in path:
        node = child(node, step) or node
    return node


def _locked(macs: Mapping[str, Mac], sets: Mapping[str, LockedSet]) -> dict[str, Mac]:
    return {name: replace(mac, locked=sets.get(name)) for name, mac in macs.items()}


def lock_text(lock: LockFile) -> str:
    """The file's content: the same for the same lock, byte for byte."""
    plain = lock.model_dump(mode="json")
    plain["sets"] = [
        {key: dict(sorted(each.items())) if isinstance(each, dict) else each for key, each in one.items()}
        for one in plain["sets"]
    ]
    return HEAD.format(lab=lock.lab) + wish_yaml(plain)
