"""Progress on standard error, one line an event."""

import sys
import time

from carbon_fleet.report.document import MacReport
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.values import visible


class Talk:
    """Progress on standard error, one line an event."""

    def __init__(self, quiet: bool) -> None:
        """Say nothing when `quiet`."""
        self.quiet, self.began = quiet, time.monotonic()

    def say(self, mac: str, address: str, text: str) -> None:
        """One event of one Mac."""
        if self.quiet:
            return
        try:
            line = HIDDEN.text(f"{time.monotonic() - self.began:6.1f}s {mac}  {address}: {text}")
            print(visible(line), file=sys.stderr, flush=True)
        except OSError:  # whoever listened is gone (`2>&1 | head`): no reason to leave a Mac half done
            self.quiet = True

    def done(self, report: MacReport) -> None:
        """A Mac's end."""
        self.say(report.mac, "done", f"{report.outcome.value} in {report.seconds:.1f} s")
