"""Progress on standard error: a picture that moves where somebody looks at a terminal, else one line an event."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from carbon_fleet.report.document import MacReport, Outcome, Planned
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.values import visible
from carbon_fleet.runs.witness import Witness
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.display import BAD, Display

LISTED = 3


class Talk(Witness):
    """Says how the work on Macs goes on. What nobody hears any more (`2>&1 | head`) is no reason to stop it."""

    def __init__(self, quiet: bool, *, plain: bool = False) -> None:
        """Say nothing when `quiet`; draw nothing where it is to be `plain`, as where a person is asked meanwhile."""
        self.quiet, self._plain, self._since = quiet, plain, time.monotonic()
        self._display: Display | None = None

    @contextmanager
    def over(self, macs: Sequence[Mac]) -> Iterator[None]:
        """While work on these goes on; where somebody looks, its picture is drawn, and gone afterwards."""
        if self.quiet or self._plain or not watched(os.environ):
            yield
            return
        self._display = Display(len(macs))
        try:
            with self._display.shown():
                yield
        finally:
            self._display = None

    def say(self, mac: str, address: str, text: str) -> None:
        """One event of one Mac."""
        if self._display is not None:
            self._display.at(mac, address, text)
        else:
            self.note(f"{mac}  {address}: {text}")

    def note(self, text: str) -> None:
        """What concerns the run, or is to stay to be read."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """What has to be known, `quiet` or not."""
        line = visible(HIDDEN.text(f"{time.monotonic() - self._since:6.1f}s {text}"))
        try:
            if self._display is not None:
                self._display.line(line)
            else:
                print(line, file=sys.stderr, flush=True)
        except OSError:  # whoever listened is gone: no reason to leave a Mac half done
            self.quiet = True

    def began(self, mac: str) -> None:
        """See `Witness`."""
        if self._display is not None:
            self._display.at(mac, "", "look")

    def change(self, mac: str, change: Planned) -> None:
        """See `Witness`."""
        if self._display is not None:
            self._display.at(mac, change.address, change.reason)

    def part(self, mac: str, address: str, text: str) -> None:
        """See `Witness`."""
        self.say(mac, address, text)

    def ended(self, report: MacReport) -> None:
        """See `Witness`. Macs whose turn did not come are told of together, by the Report."""
        if self._display is not None:
            self._display.ended(report.mac, report.outcome)
            for failure in report.failures[:1] if report.outcome in BAD else []:
                self.note(f"{report.mac}  {report.outcome.value}: {failure.what}")
        elif report.outcome is not Outcome.NOT_REACHED:
            self.note(f"{report.mac}  done: {report.outcome.value} in {report.seconds:.1f} s")

    def verified(self, report: MacReport, seconds: float) -> None:
        """A canary was looked at independently."""
        if self._display is not None:
            self.ended(report)
        else:
            passed = f"{report.tests.get('passed', 0)} passed, {report.tests.get('failed', 0)} failed"
            self.note(f"{report.mac}  verify: {passed} in {seconds:.1f} s")

    def done(self, report: MacReport) -> None:
        """The same, where nobody is a witness."""
        self.ended(report)


def watched(environment: Mapping[str, str]) -> bool:
    """Whether somebody looks at standard error, on a terminal that can move its cursor and wants to."""
    plain = any(environment.get(name) for name in ("NO_COLOR", "CI")) or (environment.get("TERM") or "dumb") == "dumb"
    return sys.stderr.isatty() and not plain


def stopping_words(working: Mapping[str, MacReport]) -> str:
    """What the first Ctrl-C does, for the Macs in work."""
    if not working:
        return "stopping: no further Mac begins"
    named = [f"{name} {mac.changes[-1].address if mac.changes else 'look'}" for name, mac in working.items()]
    more = f", and {len(named) - LISTED} more" if len(named) > LISTED else ""
    ends = f"each Mac ends after the change it is in ({', '.join(named[:LISTED])}{more})"
    return f"stopping: {ends}; Ctrl-C again ends them at once"
