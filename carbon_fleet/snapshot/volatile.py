"""What in a probe's answer moves although nobody changed the Mac; it does not count when two looks are compared.

Changes are found in all that was seen. Only the digests, by which a plan knows whether a Mac is still the one it was
made for, leave out what stands here.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carbon_fleet.snapshot.section import Block, Section

Lines = tuple[str, ...]
Settle = Callable[[Lines], Any]


@dataclass(frozen=True)
class Volatile:
    """Why something moves by itself, and what of its lines stays; None: nothing of it."""

    why: str
    settle: Settle | None = None


def _words(*places: int) -> Settle:
    """Only the words at these places of each line, the lines in a fixed order."""
    return lambda lines: sorted([" ".join(_at(line.split(), places)) for line in lines])


def _behind(count: int) -> Settle:
    """Each line without its first `count` words, the lines in a fixed order."""
    return lambda lines: sorted([" ".join(line.split()[count:]) for line in lines])


def _at(words: Sequence[str], places: Collection[int]) -> list[str]:
    return [word for place, word in enumerate(words) if place in places]


def _without(*keys: str) -> Settle:
    """A JSON list of objects without these keys, in a fixed order; what is no such list stays as it was said."""

    def settle(lines: Lines) -> Any:
        try:
            listed = json.loads("\n".join(lines)) or []
            kept = [{key: value for key, value in item.items() if key not in keys} for item in listed]
        except (ValueError, AttributeError, TypeError):
            return list(lines)
        return sorted(kept, key=lambda item: json.dumps(item, sort_keys=True))

    return settle


def _without_last(lines: Lines) -> list[str]:
    return sorted(line.rpartition("|")[0] for line in lines)


def _running(lines: Lines) -> list[str]:
    """`job NAME STATUS PID LAST`: whether it is loaded, and runs."""
    return sorted(" ".join([*line.split()[:3], str(line.split()[3:4] != ["-"])]) for line in lines)


def _pid_away(lines: Lines) -> list[str]:
    """`NAME PID DEFINITION SECRETS` without the process."""
    return sorted(" ".join(_at(line.split(), (0, 2, 3))) for line in lines)


def _but(start: str) -> Settle:
    return lambda lines: [line for line in lines if not line.startswith(start)]


CLOCK = Volatile("a clock")
ROOM = Volatile("free disk: logs and caches of others take it and give it back")
OTHERS = Volatile("every program on the Mac may listen; that a wished port is taken is found anew in each look")
VOLATILE: Mapping[str, Mapping[str, Volatile]] = {
    "preflight": {
        "block free": ROOM,
        "block vm-disk": Volatile("the machine's sparse disk grows by what runs in it"),
        "busy_tcp": OTHERS,
        "busy_udp": OTHERS,
        "program": Volatile("process ids"),
        "listener": Volatile("counters and process ids; protocol and address stay", _words(0, 3)),
    },
    "machine": {
        "time": CLOCK,
        "process": Volatile("process ids; what runs stays", _behind(1)),
        "connected": Volatile("people come and go; told where the machine is to be replaced"),
        "began": Volatile("process ids, and when they began"),
    },
    "guest": {
        "time": CLOCK,
        "uptime": CLOCK,
        "size": Volatile("what a volume holds is written to; its name counts"),
        "block system": Volatile("systemd's word on all units; wished ones are looked at one by one"),
    },
    "image": {"free": ROOM},
    "stack": {
        "block units": Volatile("systemd restarts what fails, and counts; states stay", _but("NRestarts=")),
        "block ps": Volatile(
            "ages, process ids, and ids of containers that systemd restarted; names, images and states stay",
            _without(
                *("Id", "Status", "Created", "CreatedAt", "StartedAt", "ExitedAt", "ExitCode", "Exited"),
                *("Pid", "Restarts", "Size", "Namespaces"),
            ),
        ),
        "block volumes": Volatile("mounts are counted; names and labels stay", _without("MountCount", "LockNumber")),
    },
    "apple_container": {"block containers": Volatile("seconds since each was started", _without_last)},
    "native": {
        "process": Volatile("process ids"),
        "since": Volatile("ages of processes"),
        "came": Volatile("ages of what brings programs; that a process is older is found anew in each look"),
        "health": Volatile("words of a check that may count; whether it succeeded stays", _words(0, 1)),
        "launchd": Volatile("process ids, and how one ended that launchd started again", _running),
        "started": Volatile("process ids; what each was started with stays", _pid_away),
    },
    "moving": {
        "time": CLOCK,
        "volume": Volatile("what a volume holds is written to; stack and name stay", _words(0, 1)),
        "open": Volatile("people start and stop engines; what is carried where counts"),
    },
}
"""By section, then by fact or `block NAME`."""
ASIDE = frozenset({"record", "doctor", "doctor_inside"})
"""Sections that say nothing of how a Mac is, only what is known of it."""


def settled(section: Section) -> dict[str, Any]:
    """What a section said, by fact and `block NAME`; of what is volatile altogether only that it was said."""
    table = VOLATILE.get(section.name, {})
    facts = {key: _settled(values, table.get(key)) for key, values in section.facts.items()}
    blocks = {f"block {name}": block for name, block in section.blocks.items()}
    told = {key: _of_block(block, table.get(key)) for key, block in blocks.items()}
    return {"status": section.status, **facts, **told}


def _settled(lines: Lines, volatile: Volatile | None) -> Any:
    if volatile is None:
        return list(lines)
    return volatile.settle(lines) if volatile.settle else None


def _of_block(block: Block, volatile: Volatile | None) -> Any:
    if volatile is not None and volatile.settle is None:
        return None
    return [block.status, _settled(block.out, volatile), list(block.err)]
