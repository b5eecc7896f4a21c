"""Who hears of what happens on the Macs of a run, as it happens: the journal, and who shows progress."""

from collections.abc import Iterable

from carbon_fleet.report.document import MacReport, Planned, Result


class Witness:
    """Hears of everything and keeps nothing; a witness says which of it concerns it. None of it may raise."""

    def began(self, mac: str) -> None:
        """Work on a Mac begins."""

    def change(self, mac: str, change: Planned) -> None:
        """A Change begins."""

    def part(self, mac: str, address: str, text: str) -> None:
        """A command of the Change at `address` has come to another step; `text` may be a `Part`."""

    def command(self, mac: str, result: Result) -> None:
        """A command has ended."""

    def ended(self, report: MacReport) -> None:
        """Work on a Mac has ended, or was never begun: `Outcome.NOT_REACHED`."""


class Witnesses(Witness):
    """Tells several."""

    def __init__(self, those: Iterable[Witness]) -> None:
        """In this order."""
        self._those = tuple(those)

    def began(self, mac: str) -> None:
        """See `Witness`."""
        for each in self._those:
            each.began(mac)

    def change(self, mac: str, change: Planned) -> None:
        """See `Witness`."""
        for each in self._those:
            each.change(mac, change)

    def part(self, mac: str, address: str, text: str) -> None:
        """See `Witness`."""
        for each in self._those:
            each.part(mac, address, text)

    def command(self, mac: str, result: Result) -> None:
        """See `Witness`."""
        for each in self._those:
            each.command(mac, result)

    def ended(self, report: MacReport) -> None:
        """See `Witness`."""
        for each in self._those:
            each.ended(report)


NOBODY = Witness()
