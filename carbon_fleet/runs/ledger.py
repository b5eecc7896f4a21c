"""What is known of each Mac at any moment of a run: what a run that is cut off can still tell."""

from collections.abc import Sequence

from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Result
from carbon_fleet.runs.witness import Witness


class Ledger(Witness):
    """The Macs' parts of the Report as far as they are. `working` are the Macs that have begun and not ended."""

    def __init__(self, macs: Sequence[str]) -> None:
        """None of them has begun."""
        self._macs = {mac: MacReport(mac, Outcome.NOT_REACHED) for mac in macs}
        self.working: dict[str, MacReport] = {}

    def began(self, mac: str) -> None:
        """See `Witness`."""
        self.working[mac] = self._macs[mac] = MacReport(mac, Outcome.STOPPED)

    def change(self, mac: str, change: Planned) -> None:
        """See `Witness`."""
        self._macs[mac].changes.append(change)

    def command(self, mac: str, result: Result) -> None:
        """See `Witness`."""
        self._macs[mac].results.append(result)

    def ended(self, report: MacReport) -> None:
        """See `Witness`."""
        self.working.pop(report.mac, None)
        self._macs[report.mac] = report

    @property
    def macs(self) -> list[MacReport]:
        """All Macs, in the order they were named."""
        return list(self._macs.values())

    def cut_off(self) -> list[MacReport]:
        """All Macs, as they are now that the run ends in the midst of it."""
        for mac in self.working.values():
            at = mac.changes[-1].address if mac.changes else "mac"
            why = "its connection was closed, and what ran there ends with it"
            mac.failures.append(
                Failure(at, "CUT_OFF", "the run was ended in the midst of this", why, "carbon-fleet resume goes on")
            )
        return self.macs
