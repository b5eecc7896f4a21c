"""Writes a run's journal as its witness. A journal that cannot be written stops no work."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import MacReport, Planned, Report, Result
from carbon_fleet.runs.journal import Journal
from carbon_fleet.runs.places import JOURNAL, run_directory
from carbon_fleet.runs.witness import Witness


class Scribe(Witness):
    """Keeps what happens in `STATE/runs/RUN/journal.jsonl`; of the first thing it cannot keep it tells, once."""

    def __init__(self, report: Report, macs: Sequence[str], tell: Callable[[str], None]) -> None:
        """Begin the journal of the run of `report`, over `macs`; `tell` is told when it cannot be kept."""
        self._tell = tell
        self._journal: Journal | None = None
        try:
            self._journal = Journal(run_directory(report.run) / JOURNAL)
        except OSError as error:
            self._lost(error)
        words = ("run", "verb", "lab", "spec", "controller", "version", "options")
        about = {word: getattr(report, word) for word in words}
        self._write("run-began", **about, file=str(Path(report.file).absolute()), macs=list(macs))

    def began(self, mac: str) -> None:
        """See `Witness`."""
        self._write("mac-began", mac=mac)

    def change(self, mac: str, change: Planned) -> None:
        """See `Witness`."""
        self._write("change", mac=mac, address=change.address, action=change.action, reason=change.reason)

    def command(self, mac: str, result: Result) -> None:
        """See `Witness`."""
        said = {"status": result.status, "seconds": result.seconds}
        self._write("command", mac=mac, address=result.address, command=result.command, **said)

    def ended(self, report: MacReport) -> None:
        """See `Witness`; a Mac whose outcome changes afterwards (a canary's verify) ends once more."""
        failures = [[failure.address, failure.code, failure.what] for failure in report.failures]
        outcome = {"outcome": report.outcome.value, "seconds": report.seconds}
        self._write("mac-ended", mac=report.mac, **outcome, failures=failures)

    def end(self, report: Report) -> None:
        """The run is over; nothing comes after this."""
        self._write("run-ended", exit_code=report.exit_code, interrupted=report.interrupted)
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _write(self, event: str, **more: Any) -> None:
        if self._journal is None:
            return
        try:
            self._journal.write(event, **more)
        except OSError as error:
            self._lost(error)
            self._journal.close()
            self._journal = None

    def _lost(self, error: OSError) -> None:
        what = f"the journal of this run cannot be written ({error.strerror}: {error.filename or JOURNAL})"
        then = "the work goes on, but `carbon-fleet resume` will not know of it"
        self._tell(f"{what}: {then} (CARBON_STATE names another place)")
