"""The `machine` section typed: podman's answer, the machine's files, connections and processes."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in
from operations.machine.config import as_machine, config_of, inspected, passed_over, state_of
from operations.machine.processes import processes
from operations.machine.seen import Config, Connection, Disk, MachineSeen, Replaced, State

PROVIDERS = ("libkrun", "applehv")
"""In the order podman 6 looks for a machine: of two with one name the first hides the second."""


def read(section: Section) -> MachineSeen:
    """Type the `machine` section. Raises `Unreadable` where podman's answer or a file cannot be understood."""
    name = section.need("name")
    files = {path: seen for path, seen in files_in(section).items() if PurePosixPath(path).parent.name in PROVIDERS}
    own = _own(files, name)
    state, failure, answer = _asked(section, own)
    file = as_machine(own.content) if own else None
    config = config_of(own.path, file, answer) if own and file else None
    connections, default = _connections(section)
    return MachineSeen(
        name=name,
        podman=section.need("podman") == "present",
        state=state,
        failure=failure,
        config=config,
        disks=_disks(section),
        foreign=(*section.all("big"), *(path for path, seen in files.items() if seen is not own and _foreign(seen))),
        broken=own.path if own and config is None else "",
        connections=connections,
        default=default,
        processes=processes(section),
        mark=(section.all("mark") or ("",))[0],
        replacing=_replacing(section),
        replaced=tuple(_replaced(fact) for fact in section.all("replaced")),
        connected={int(port): int(count) for port, count in (fact.split() for fact in section.all("connected"))},
        made_from=_made_from(section, config),
        image_digest=_image_digest(section, config),
        time=section.need_int("time"),
    )


def _own(files: Mapping[str, FileSeen], name: str) -> FileSeen | None:
    mine = [seen for path, seen in files.items() if PurePosixPath(path).name == f"{name}.json"]
    return min(mine, key=lambda seen: PROVIDERS.index(PurePosixPath(seen.path).parent.name), default=None)


def _foreign(seen: FileSeen) -> bool:
    """Whether podman stumbles over it, or takes it for a machine of another name."""
    if passed_over(seen.content):
        return False
    machine = as_machine(seen.content)
    return machine is None or machine["Name"] != PurePosixPath(seen.path).stem


def _asked(section: Section, own: FileSeen | None) -> tuple[State, str, Mapping[str, Any]]:
    """What `podman machine inspect` said: the state, why there is none, the answer itself."""
    if section.need("podman") != "present":
        return (State.STOPPED if own else State.ABSENT), "", {}
    block = section.block("inspect")
    if block.status == 0:
        answer = inspected(block)
        if own is None:
            raise Unreadable(f"machine: podman knows a machine whose file was not found: {section.need('name')}")
        return state_of(answer), "", answer
    if own is None and "does not exist" in "\n".join(block.err):
        return State.ABSENT, "", {}
    return State.UNKNOWN, str(Unreadable("podman machine inspect", block.status, "\n".join(block.err))), {}


def _disks(section: Section) -> dict[str, tuple[Disk, str]]:
    said = (fact.split(" ", 2) for fact in section.all("disk"))
    return {provider: (Disk(what), path) for provider, what, path in said}


def _connections(section: Section) -> tuple[dict[str, Connection], str]:
    seen = next((seen for path, seen in files_in(section).items() if not _in_provider(path)), None)
    if seen is None or seen.kind == "absent":
        return {}, ""
    if seen.kind != "regular":
        raise Unreadable(f"machine: {seen.path} is a {seen.kind}, not a regular file")
    try:
        found = (json.loads(seen.content or b"{}") or {}).get("Connection") or {}
        entries = {name: _connection(entry) for name, entry in (found.get("Connections") or {}).items()}
        return entries, str(found.get("Default") or "")
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"machine: {seen.path} does not hold podman's connections: {error}") from error


def _connection(entry: Mapping[str, Any]) -> Connection:
    return Connection(str(entry.get("URI", "")), str(entry.get("Identity", "")), bool(entry.get("IsMachine", False)))


def _in_provider(path: str) -> bool:
    return PurePosixPath(path).parent.name in PROVIDERS


def _replacing(section: Section) -> tuple[str, str]:
    note = (*section.all("replacing"), "", "")
    return note[0], note[1]


def _replaced(fact: str) -> Replaced:
    try:
        folder, since, kib = fact.split()
        return Replaced(folder, int(since), int(kib))
    except ValueError:
        raise Unreadable(f"machine: what is kept of a replaced machine is {fact!r}") from None


def _made_from(section: Section, config: Config | None) -> str | None:
    note = _note(section, config)
    return note[0] if note else None


def _image_digest(section: Section, config: Config | None) -> str:
    note = _note(section, config)
    return note[2] if len(note) == 3 and re.fullmatch("[0-9a-f]{64}", note[2]) else ""


def _note(section: Section, config: Config | None) -> tuple[str, ...]:
    """What was noted when the machine was made, when it is about this very machine."""
    note = section.all("made")
    return note if config and len(note) in (2, 3) and config.created and note[1] == config.created else ()
