"""The lock of a Mac, held by whoever changes it: its commands, and their answers (`files/lock/lock.pl`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carbon_fleet.plan.change import Refusal
from carbon_fleet.plan.command import Command, mac
from carbon_fleet.snapshot.script import script_text

LEASE_SECONDS = 24 * 3600
"""After so long nobody holds it any more, whatever is still there: no run takes a day."""


@dataclass(frozen=True)
class Holder:
    """Who holds a Mac: the lock's `id`, `who` (user@host) and its process there, `why` (the verb), in which `run`.

    `seconds` is for how long by the Mac's clock, None where that cannot be told; `dead` says why it counts no more.
    """

    id: str
    who: str
    pid: str
    why: str
    run: str
    seconds: int | None = None
    dead: str = ""


@dataclass(frozen=True)
class Answer:
    """What the lock said: `state` (taken, held, released, free), who holds or held it, when somebody last let it go.

    `since` is in seconds before the answer, None when nobody ever has.
    """

    state: str
    holder: Holder | None = None
    since: int | None = None


def take(holder: Holder) -> Command:
    """Take it for `holder`, or take it again, which makes it live as long as the connection this comes by."""
    about = (f"who={holder.who}", f"pid={holder.pid}", f"why={holder.why}", f"run={holder.run}")
    return _command("take", holder.id, str(LEASE_SECONDS), *about)


def release(id_: str) -> Command:
    """Let it go, if it is held by this id."""
    return _command("release", id_)


def look() -> Command:
    """Who holds it."""
    return _command("show")


def _command(*words: str) -> Command:
    return mac("perl", "-e", script_text("lock/lock.pl"), *words, deadline=30)


def answer(lines: Iterable[str]) -> Answer:
    """What the lock answered. ValueError when that is no answer of it."""
    said = {key: value for key, equals, value in (line.partition("=") for line in lines) if equals}
    if said.get("state") not in ("taken", "held", "released", "free"):
        raise ValueError("the Mac's lock gave no answer")
    since = said.get("since", "")
    return Answer(said["state"], _holder(said), max(0, int(since)) if since.lstrip("-").isdigit() else None)


def _holder(said: Mapping[str, str]) -> Holder | None:
    if "id" not in said and "dead" not in said:
        return None
    id_, who, pid, why, run = (said.get(name, "unknown") for name in ("id", "who", "pid", "why", "run"))
    return Holder(id_, who, pid, why, run, _seconds(said), said.get("dead", ""))


def _seconds(said: Mapping[str, str]) -> int | None:
    now, taken = said.get("now", ""), said.get("taken", "")
    return max(0, int(now) - int(taken)) if now.isdigit() and taken.isdigit() else None


def held_by(holder: Holder) -> str:
    """Who holds it, as a sentence's subject."""
    return f"{holder.who} (process {holder.pid}, `{holder.why}`, run {holder.run})"


def held_for(holder: Holder) -> str:
    """For how long, as a sentence's end; empty where that cannot be told."""
    return f", for {_span(holder.seconds)} now" if holder.seconds is not None else ""


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


def refusal(mac_name: str, holder: Holder) -> Refusal:
    """Why nothing is changed on a Mac that somebody else is changing."""
    return Refusal(
        "lock",
        "LOCK_HELD",
        f"{held_by(holder)} is changing this Mac{held_for(holder)}",
        "two that change one Mac at a time would leave it as neither meant",
        f"wait for it (--lock-wait 10m), or, if that run is surely over: "
        f"carbon-fleet unlock LAB {mac_name} --id {holder.id}",
    )
