"""What a way to fetch a lab has to offer, whichever it is: git or a signed bundle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure
from carbon_fleet.spec.pulled import Pulled

ADDRESS = "agent.pull"
STAYS = "the lab that was fetched last stays in force"


@dataclass(frozen=True)
class Signed:
    """What was fetched, with a good signature, and not older than what is in force.

    `name` is one of its content alone (hexadecimal), `what` names it to people, `told` goes into Reports.
    """

    name: str
    signer: str
    what: str
    told: Mapping[str, object] = field(default_factory=dict)


class Source(Protocol):
    """One way; it remembers what was taken last, so that nothing older is."""

    @property
    def in_force(self) -> str | None:
        """The name of what was taken last; None: nothing was."""

    def fetch(self, wanted: Pulled, signers: Path) -> Signed:
        """Fetch it, check who signed it and that it is not older. Raises `NotTaken`, `OSError`."""

    def write(self, signed: Signed, folder: Path) -> None:
        """All its files into an empty folder. Raises `NotTaken`, `OSError`."""

    def accept(self, signed: Signed) -> None:
        """Remember it as what was taken last. Raises `NotTaken`, `OSError`."""


def not_fetched(what: str, said: str, remedy: str) -> NotTaken:
    """It did not come."""
    why = f"nothing new is applied; {STAYS}"
    return NotTaken(Failure(ADDRESS, "LAB_NOT_FETCHED", f"{what} could not be fetched: {said}", why, remedy))


def unsigned(what: str, signers: Path, remedy: str) -> NotTaken:
    """Nobody who counts has signed it."""
    why = f"only what somebody in {signers} signed is applied; {STAYS}"
    return NotTaken(Failure(ADDRESS, "LAB_UNSIGNED", what, why, remedy))


def not_newer(what: str, remedy: str) -> NotTaken:
    """It is older than what was taken before, or another history."""
    why = "whoever holds the server could bring back a lab that was left behind for a reason"
    return NotTaken(Failure(ADDRESS, "LAB_NOT_NEWER", what, why, remedy))
