"""What `carbon-fleet volume` does with volumes of a runtime on the Mac, by the same functions a move uses.

Those of `native` are folders of their stack, and asked for by it.
"""

from dataclasses import dataclass

from carbon_fleet.plan import Command
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.machine.wish import Machine
from operations.moving.commands import TRANSFER_SECONDS, Way

LIST_SECONDS = 600


@dataclass(frozen=True)
class Volumes:
    """The volumes of one runtime of a Mac."""

    runtime: str
    mac: Mac

    def listed(self, *, sizes: bool = True) -> Command:
        """Says a line for each: `NAME|STACK|KIB|CONTAINER,…`, the containers those that run; without `sizes` 0 KiB.

        To measure them takes as long as to read all names in them.
        """
        return self._way("").script(
            "volumes", "sizes" if sizes else "names", says=f"list the volumes of {self.runtime}", deadline=LIST_SECONDS
        )

    def exported(self, volume: str, stack: str) -> Command:
        """Says the tar; the last line on standard error is `sha256 HEX`."""
        return self._way(stack).script("export", volume, says=f"export {volume}", deadline=TRANSFER_SECONDS)

    def imported(self, volume: str, sha256: str, replace: bool, stack: str) -> Command:
        """Fills it from a tar on standard input. Status 71: in use; 72: not empty; 74: another sha256 arrived."""
        words = (volume, sha256, "yes" if replace else "no", stack)
        return self._way(stack).script("import", *words, says=f"import {volume}", deadline=TRANSFER_SECONDS)

    def _way(self, stack: str) -> Way:
        of = stack if stack and self.runtime == runtimes.NATIVE else "-"
        return Way(of, self.runtime, self.runtime, self.mac.section("machine", Machine).name, 0)
