"""The difference of one file: wished content, mode and owner against what was seen."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan.change import Action, Attribute, Change, Finding, Refusal
from carbon_fleet.plan.command import Command, Where, shell
from carbon_fleet.snapshot.files import FileSeen


@dataclass(frozen=True)
class FileWish:
    """A text file as it should be. `mode` is four octal digits; an empty `owner` leaves it to whoever writes."""

    path: str
    content: str
    mode: str = "0644"
    owner: str = ""


def file_findings(address: str, wish: FileWish, seen: FileSeen, where: Where, reason: str) -> tuple[Finding, ...]:
    """Nothing when the file is as wished; else the Change that writes it whole, atomically.

    Where somebody put something else than a file on purpose: the Refusal that says so.
    """
    if seen.kind not in ("regular", "absent"):
        return (_not_ours(address, wish, seen),)
    attributes = _attributes(wish, seen)
    if not attributes:
        return ()
    action = Action.CREATE if seen.kind == "absent" else Action.UPDATE
    return (Change(address, action, attributes, reason, (write_file(wish, where),)),)


def _attributes(wish: FileWish, seen: FileSeen) -> tuple[Attribute, ...]:
    if seen.kind == "absent":
        return (Attribute("content", None, wish.content), Attribute("mode", None, wish.mode))
    pairs = [("content", seen.content.decode(errors="replace"), wish.content), ("mode", seen.mode, wish.mode)]
    pairs += [("owner", seen.owner, wish.owner)] if wish.owner else []
    return tuple(Attribute(name, before, after) for name, before, after in pairs if before != after)


def write_file(wish: FileWish, where: Where) -> Command:
    """The command that writes a file beside its place, checks that all of it came, and renames it."""
    content = wish.content.encode()
    argv = shell(assets.text("write-file.sh"), wish.path, wish.mode, wish.owner, str(len(content)))
    return Command(argv, where, base64.b64encode(content).decode(), says=f"write {wish.path}")


def _not_ours(address: str, wish: FileWish, seen: FileSeen) -> Refusal:
    return Refusal(
        address,
        "FILE_NOT_REGULAR",
        f"`{wish.path}` is a {seen.kind}, not a regular file",
        "replacing it would destroy what somebody made on purpose",
        f"move it away: mv {wish.path} {wish.path}.before-carbon-fleet",
    )


def file_told(seen: FileSeen) -> dict[str, str]:
    """A file as the journal has it."""
    content = base64.b64encode(seen.content).decode()
    return {"kind": seen.kind, "mode": seen.mode, "content": content if seen.kind == "regular" else ""}


def file_back(address: str, seen: FileSeen, told: Any, where: Where) -> Iterable[Change]:
    """The Change that brings a file back to what the journal tells of it; none where it is so, or nothing is told."""
    if not isinstance(told, dict) or seen.kind not in ("regular", "absent"):
        return
    reason = "it is to be as it was before"
    if told["kind"] == "absent" and seen.kind == "regular":
        remove = Command(("rm", "-f", seen.path), where, says=f"remove {seen.path}")
        yield Change(address, Action.DELETE, (Attribute("file", seen.path, None),), reason, (remove,))
    elif told["kind"] == "regular":
        content = base64.b64decode(told["content"])
        if (seen.content, seen.mode) != (content, told["mode"]):
            wish = FileWish(seen.path, content.decode(errors="replace"), told["mode"])
            attribute = Attribute("content", seen.content.decode(errors="replace"), wish.content)
            yield Change(address, Action.UPDATE, (attribute,), reason, (write_file(wish, where),))
