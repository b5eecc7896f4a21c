"""What `lock` says of each Mac."""

from collections.abc import Iterator
from typing import Any

from carbon_fleet.lock.judge import differences
from carbon_fleet.lock.making import Moving
from carbon_fleet.lock.things import NONE
from carbon_fleet.report.values import visible
from carbon_fleet.spec import LockFile
from carbon_fleet.verbs.verified import Verifies

FIRST = ("chip", "macos", "podman", "krunkit", "machine-os", "kernel", "mesa")
"""The things that a line names; the file has all."""


def json_of(mac: str, made: LockFile, before: LockFile | None, verifies: Verifies) -> dict[str, Any]:
    """How a Mac stands to the lock that was made, as plain JSON values."""
    locked, passed = made.of(mac), verifies.passed.get(mac)
    if locked is None:
        return {"mac": mac, "state": "not locked", "why": verifies.why_not.get(mac, "")}
    told = {"mac": mac, "run": locked.verified.get(mac, ""), "things": locked.things}
    if before is None or before.of(mac) is None:
        return {**told, "state": "locked"}
    moved = [each.name for each in differences(passed.seen.things, locked, passed.seen.bottles)] if passed else []
    return {**told, "state": "as it was", "moved": moved}


def kept_lines(told: dict[str, Any]) -> Iterator[str]:
    """A line for a Mac, and another where it has moved since."""
    mac = told["mac"]
    if told["state"] == "not locked":
        yield f"{mac}: not locked: {told['why']}"
        return
    things = ", ".join(f"{name} {visible(told['things'][name])}" for name in FIRST if _there(told["things"], name))
    run = f" (verified by {told['run']})" if told["run"] else ""
    yield f"{mac}: {told['state']}: {things}{run}"
    if told.get("moved"):
        yield f"    since then verify passed with other versions: {', '.join(told['moved'])}; see `--upgrade`"


def _there(things: dict[str, str], name: str) -> bool:
    return things.get(name, NONE) != NONE


def moving_lines(move: Moving, run: str) -> Iterator[str]:
    """What of a Mac's lock would move, and why it may, or why not."""
    yield f"{move.mac}"
    for each in move.moves:
        yield visible(f"    {each.name}: {each.locked or NONE} → {each.seen or NONE}")
    for rule in move.broken:
        yield f"    may not: {rule.code} ({rule.id}): {rule.what}; {', '.join(rule.sources)}"
    if not move.broken:
        yield f"    may: {run} passed with it on this Mac, and no rule speaks against it"
    if move.rest:
        yield f"    not moved with it: {', '.join(move.rest)}; the whole of what would be locked nobody has seen"
