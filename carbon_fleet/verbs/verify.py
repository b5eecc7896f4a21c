"""`verify`: an independent look at a lab's Macs, told as it goes, ending in a Report."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.report.opinions import compare
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.probing import SEEN, probe_views
from carbon_fleet.verbs.run import Run
from carbon_fleet.verify.runner import verify_macs
from carbon_fleet.verify.tiers import GONE, TIERS


def verify(
    file: Path,
    limit: Sequence[str],
    *,
    tiers: Sequence[str] = (),
    junitxml: Path | None = None,
    json: bool = False,
    quiet: bool = False,
    compared: bool = True,
) -> Report:
    """Run `tests/state` over the chosen Macs, and compare what it finds with what the probe sees.

    With `junitxml` the results are also written there as JUnit XML; with `tiers` only tests that look so deep are run.
    Then, or where it is not to be `compared`, no probe is sent.
    """
    lab = lab_of(file)
    macs, chosen = macs_of(lab, limit), _tiers(tiers)
    run = Run("verify", lab, macs, {"tier": chosen} if chosen else None)
    began = time.monotonic()
    probed = probe_views(lab, macs) if compared and not chosen else {}

    def done(mac: MacReport) -> None:
        if not quiet:
            _say(time.monotonic() - began, mac)

    run.report.macs = verify_macs(lab, macs, junitxml=junitxml, done=done, tiers=chosen)
    for mac in run.report.macs:
        if mac.mac in probed:
            compare(probed[mac.mac], mac)
            if SEEN in probed[mac.mac].measured:
                mac.measured[SEEN] = probed[mac.mac].measured[SEEN]
    return run.end(json=json)


def _tiers(words: Sequence[str]) -> list[str]:
    chosen = list(dict.fromkeys(part.strip() for word in words for part in word.split(",") if part.strip()))
    for tier in chosen:
        if tier == GONE and len(chosen) > 1:
            raise usage(f"--tier {GONE} looks whether nothing is left: it goes with no other tier")
        if tier not in (*TIERS, GONE):
            raise usage(f"--tier {tier}: there is no such tier; they are, from the outside in: {', '.join(TIERS)}")
    return chosen


def _say(seconds: float, mac: MacReport) -> None:
    counts = ", ".join(f"{count} {word}" for word, count in mac.tests.items() if count or word in ("passed", "failed"))
    # One write a line: Macs end at the same time, each in a thread of its own.
    sys.stderr.write(f"{seconds:6.1f}s {mac.mac}  {mac.outcome.value} in {mac.seconds:.1f} s: {counts}\n")
    sys.stderr.flush()
