"""`make bench`: the check of a converged lab, side by side with bare ssh and asyncssh running the very same probe.

Every figure is of a whole process, interpreter start included; the median of the rounds is quoted.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.targets_file import Target, write
from carbon_fleet.plan.registry import lab_sections, probe_for
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.spec import load_lab

SIZES = (1, 10, 30, 60)
ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One whole process: wall seconds and peak resident memory in MB."""

    seconds: float
    megabytes: float


def run(command: list[str], output: Path) -> Run:
    """Run a command to its end with its standard output in a file; SystemExit when it fails."""
    began = time.monotonic()
    process = os.posix_spawn(
        command[0],
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)],
    )
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed: {output.read_text()[-2000:]}")
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024)


def targets_of(lab: Path, count: int) -> list[Target]:
    """The first `count` Macs of a simulated lab."""
    macs = list(load_lab(lab, lab_sections()).macs.values())[:count]
    beside = lab.parent
    return [
        Target(
            m.host, m.port, m.user or "", str(beside / (m.key or "")), str(beside / (m.known_hosts or "")), probe_for(m)
        )
        for m in macs
    ]


def compare(lab: Path, count: int, folder: Path) -> tuple[dict[str, list[Run]], float]:
    """All three ways in turn, `ROUNDS` times over; and the execs per Mac carbon-fleet counted."""
    targets = targets_of(lab, count)
    write(targets, folder / "targets.json")
    names = [flag for mac in list(load_lab(lab, lab_sections()).macs)[:count] for flag in ("--limit", mac)]
    ways = {
        "carbon-fleet": [sys.executable, "-m", "carbon_fleet", "drift", str(lab), *names, "--quiet", "--json"],
        "asyncssh": [sys.executable, "-m", "benchmarks.floor_asyncssh", str(folder / "targets.json")],
        "ssh": [sys.executable, "-m", "benchmarks.floor_ssh", str(folder / "targets.json")],
    }
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, command in ways.items():
            runs[way].append(run(command, folder / f"{way}.out"))
    report = json.loads((folder / "carbon-fleet.out").read_text())
    return runs, sum(mac["execs"] for mac in report["macs"]) / count


def main() -> None:
    """Bring up the lab, converge it, measure."""
    most = max(SIZES)
    with (
        tempfile.TemporaryDirectory() as name,
        SimulatedLab.up(macs=most, vm="modelled", state=Path(name) / "lab") as lab,
    ):
        folder = Path(name)
        print(f"bench: converging {most} simulated Macs", file=sys.stderr)
        run(
            [sys.executable, "-m", "carbon_fleet", "apply", "--yes", str(lab.file), "--quiet", "--parallel", "8"],
            folder / "apply.out",
        )
        print(f"{'Macs':>5} {'carbon-fleet':>13} {'asyncssh':>9} {'ssh':>7}   seconds, median of {ROUNDS}")
        for size in SIZES:
            runs, execs = compare(lab.file, size, folder)
            middle = {way: statistics.median(item.seconds for item in items) for way, items in runs.items()}
            print(
                f"{size:>5} {middle['carbon-fleet']:>13.2f} {middle['asyncssh']:>9.2f} {middle['ssh']:>7.2f}",
                flush=True,
            )
    memory = max(item.megabytes for item in runs["carbon-fleet"])
    floor, ssh = middle["carbon-fleet"] / middle["asyncssh"], middle["carbon-fleet"] / middle["ssh"]
    print(f"bench: macs={most} floor_ratio={floor:.2f} ssh_ratio={ssh:.2f} execs_per_mac={execs:g} rss_mb={memory:.0f}")


if __name__ == "__main__":
    main()
