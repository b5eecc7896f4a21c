"""Breaks a simulated Mac and has `doctor` look, one group of faults after the other; a process of its own, for gevent.

A line of JSON for each group: the faults, the codes that were found, what of them `--fix` healed, what was left; with
`--verify` in front of the groups also how `verify` ended after a `--fix`, as deep as the Mac and its machine.
"""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from carbon_fleet.doctor.diagnose import CHECKS
from carbon_fleet.report.document import MacReport
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.state import LabState
from carbon_fleet.verbs.doctor import doctor

MAC, VERIFY = "mac-01", "--verify"
HEALS = {check.code for check in CHECKS if check.heals}
LEAVES_IT_STOPPED = {"endpoint-taken"}
"""Faults whose end leaves the machine as they found it: stopped."""


def look(file: Path, *, fix: bool = False) -> MacReport:
    """One run of the verb; what it prints is kept back."""
    with contextlib.redirect_stdout(io.StringIO()):
        return doctor(file, [MAC], fix=fix, yes=fix, quiet=True).macs[0]


def verified(file: Path) -> str:
    """Nothing where `verify` passes; else what it said last. A process of its own: it uses pytest."""
    command = [sys.executable, "-m", "carbon_fleet", "verify", str(file), "--quiet", "--tier", "mac", "--tier", "vm"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return "" if ran.returncode == 0 else f"{ran.returncode}: {ran.stdout[-1500:]}{ran.stderr[-500:]}"


def walk(lab: SimulatedLab, file: Path, faults: list[str], verify: bool) -> dict[str, Any]:
    """Break it, look (with `--fix` where that may heal all of it), end what lasts."""
    mac = lab.mac(MAC)
    for fault in faults:
        mac.break_(fault)
    try:
        fix = all(CODES[fault] in HEALS for fault in faults)
        told = look(file, fix=fix)
        left = [each.code for each in told.diagnoses]
        words = all((each.evidence, each.cause, each.remedy) != ("",) * 3 for each in told.diagnoses)
        counts: dict[str, Any] = {"execs": told.execs, "commands": len(told.results), "outcome": told.outcome.value}
        if verify and fix:
            counts["verify"] = verified(file)
        return {"faults": faults, "fix": fix, "codes": [*told.healed, *left], "left": left, "words": words, **counts}
    finally:
        mac.mend()
        if LEAVES_IT_STOPPED & set(faults):
            look(file, fix=True)


def main(directory: str, file: str, *groups: str) -> None:
    """Walk; at the end one more look, at a Mac that has to be well."""
    lab = SimulatedLab(LabState(Path(directory)))
    for group in (group for group in groups if group != VERIFY):
        print(json.dumps(walk(lab, Path(file), group.split("+"), VERIFY in groups)), flush=True)
    last = look(Path(file))
    print(json.dumps({"faults": [], "codes": [each.code for each in last.diagnoses]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
