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
    found = seen.files.get(DROP_IN, FileSeen(DROP_IN))
    if DROP_IN not in files(wanted, mac) and found.content.decode(errors="replace").startswith(FIRST):
        attribute = Attribute("content", found.content.decode(errors="replace"), None)
        command = guest("rm", "-f", DROP_IN, says=f"remove {DROP_IN}")
        reason = "the lab file names no mirror: images come from their registries"
        yield Change(f"guest.file.{DROP_IN}", Action.DELETE, (attribute,), reason, (command,))
