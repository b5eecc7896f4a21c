"""`verify`: an independent look at a lab's Macs, told as it goes, ending in a Report."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.run import Run
from carbon_fleet.verify.runner import verify_macs


def verify(
    file: Path, limit: Sequence[str], *, junitxml: Path | None = None, json: bool = False, quiet: bool = False
) -> Report:
    """Run `tests/state` over the chosen Macs. With `junitxml` the results are also written there as JUnit XML."""
    lab = lab_of(file)
    macs = macs_of(lab, limit)
    run = Run("verify", lab, macs)
    began = time.monotonic()

    def done(mac: MacReport) -> None:
        if not quiet:
            _say(time.monotonic() - began, mac)

    run.report.macs = verify_macs(lab, macs, junitxml=junitxml, done=done)
    return run.end(json=json)


def _say(seconds: float, mac: MacReport) -> None:
    counts = ", ".join(f"{count} {word}" for word, count in mac.tests.items() if count or word in ("passed", "failed"))
    # One write a line: Macs end at the same time, each in a thread of its own.
    sys.stderr.write(f"{seconds:6.1f}s {mac.mac}  {mac.outcome.value} in {mac.seconds:.1f} s: {counts}\n")
    sys.stderr.flush()
