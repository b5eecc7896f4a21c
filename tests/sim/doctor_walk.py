"""Breaks a simulated Mac in one way after the other and has `doctor` look; a process of its own, for gevent patches it.

A line of JSON each: the fault, the codes that were found, what of them was healed, how many looks it took.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from carbon_fleet.doctor.diagnose import CHECKS
from carbon_fleet.report.document import MacReport
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.state import LabState
from carbon_fleet.verbs.doctor import doctor

MAC = "mac-01"
HEALS = {check.code for check in CHECKS if check.heals}


def look(file: Path, *, fix: bool = False) -> MacReport:
    """One run of the verb; what it prints is kept back."""
    with contextlib.redirect_stdout(io.StringIO()):
        return doctor(file, [MAC], fix=fix, yes=fix, quiet=True).macs[0]


def walk(lab: SimulatedLab, file: Path, fault: str) -> dict[str, Any]:
    """Break it, look (with `--fix` where that may heal), mend what lasts."""
    mac = lab.mac(MAC)
    mac.break_(fault)
    try:
        fix = CODES[fault] in HEALS
        told = look(file, fix=fix)
        left = [each.code for each in told.diagnoses]
        words = [all((each.evidence, each.cause, each.remedy)) for each in told.diagnoses]
        again = {"codes": [*told.healed, *left], "healed": told.healed, "left": left, "words": all(words)}
        counts = {"execs": told.execs, "probes": told.probes, "commands": len(told.results)}
        return {"fault": fault, "fix": fix, "outcome": told.outcome.value, **again, **counts}
    finally:
        mac.mend()


def main(directory: str, file: str, *faults: str) -> None:
    """Walk; at the end one more look, at a Mac that has to be well."""
    lab = SimulatedLab(LabState(Path(directory)))
    for fault in faults:
        print(json.dumps(walk(lab, Path(file), fault)), flush=True)
    last = look(Path(file))
    print(json.dumps({"fault": "", "codes": [each.code for each in last.diagnoses]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
