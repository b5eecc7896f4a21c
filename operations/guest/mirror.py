"""A drop-in for the lab's mirror that is in the machine though the lab file names no mirror any more."""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, guest
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations.guest.registries import DROP_IN, FIRST, files
from operations.guest.seen import GuestSeen
from operations.guest.wish import Guest


def leftover(wanted: Guest, seen: GuestSeen, mac: Mac) -> Iterator[Change]:
    """The removal of a drop-in of ours where the lab file names no mirror any more."""
    if DROP_IN not in files(wanted, mac):
        yield from ours_away(seen, "the lab file names no mirror: images come from their registries")


def ours_away(seen: GuestSeen, reason: str) -> Iterator[Change]:
    """The removal of the drop-in, where it is there and carbon-fleet wrote it."""
    content = seen.files.get(DROP_IN, FileSeen(DROP_IN)).content.decode(errors="replace")
    if content.startswith(FIRST):
        attribute = Attribute("content", content, None)
        command = guest("rm", "-f", DROP_IN, says=f"remove {DROP_IN}")
        yield Change(f"guest.file.{DROP_IN}", Action.DELETE, (attribute,), reason, (command,))
