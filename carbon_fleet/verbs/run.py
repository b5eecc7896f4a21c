"""One run of a verb, from its first moment to the Report that is shown and kept."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from carbon_fleet.plan.registry import resources_of
from carbon_fleet.report.document import Report
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.runs.identity import controller, new_run
from carbon_fleet.runs.keep import keep as kept
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.output import show


class Run:
    """A run that has begun. `report` is filled by the verb; `end` shows and keeps it."""

    def __init__(self, verb: str, lab: Lab, macs: Sequence[Mac], options: Mapping[str, Any] | None = None) -> None:
        """Nothing is done yet."""
        self._began = time.monotonic()
        self.lab, self.macs = lab, macs
        self.report = Report(
            verb,
            lab.name,
            str(lab.path),
            _now(),
            resources=sum(len(resources_of(mac)) for mac in macs),
            run=new_run(),
            spec=lab.digest,
            lock=lock_digest(lab),
            controller=controller(),
            options=dict(options or {}),
        )

    def end(self, *, json: bool) -> Report:
        """Take the time, keep the Report and show it; a Report that cannot be kept is shown all the same."""
        self.keep()
        show(self.report, json=json)
        return self.report

    def keep(self) -> None:
        """Take the time and keep the Report; one that cannot be kept is told of."""
        self.report.ended, self.report.seconds = _now(), round(time.monotonic() - self._began, 3)
        self.report = HIDDEN.of(self.report)
        try:
            kept(self.report)
        except OSError as error:
            print(f"this run is not kept: {error} (CARBON_STATE names another place)", file=sys.stderr)


def lock_digest(lab: Lab) -> str | None:
    """sha256 of the lab's lock file; None where it has none."""
    return lab.lock


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


Ended = Callable[[str], None]
"""Told of each Mac whose work ended, however."""
