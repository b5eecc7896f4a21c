"""`make tour`: verbs of the README on a simulated lab of twenty Macs; what they print becomes `docs/tour.md`."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.tour_steps import STEPS, TEMPORARY, Step, notes
from carbon_fleet.sim.lab import SimulatedLab

ROOT = Path(__file__).parents[1]
PAGE, PICTURE = ROOT / "docs/tour.md", ROOT / "docs/tour-fleet.html"
MACS = 20
HEAD = """# A tour

{verbs} of the verbs of the [README](../README.md) on a simulated lab of {macs} Macs with modelled virtual machines
([what that is](simulation.md)), typed in this order by `make tour`, which wrote this page on {date}; it took
{seconds:.0f} seconds on {cores} cores at a load of {load:.0f}. The output is what was printed: long ones are cut where
it says so, progress on standard error is left out, and the folder of the run is called `~/lab`.
"""


@dataclass
class Tour:
    """A tour under way: its lab, the folder it is in, and what was written so far."""

    lab: SimulatedLab
    folder: Path
    parts: list[str] = field(default_factory=list)

    def write_lab(self) -> None:
        """The lab file as a person would have it: groups, named by hand."""
        document = yaml.safe_load(self.lab.file.read_text(encoding="utf-8"))
        document["lab"] = "brisbane"
        document["groups"] = {"canary": notes("17.5"), "teaching": {"report_interval": "24h"}}
        for number, mac in enumerate(document["macs"].values()):
            mac["groups"] = ["canary"] if number < 2 else ["teaching"] if number % 2 else []
        self.keep(document)

    def change_lab(self, change: Mapping[str, Any]) -> None:
        """Merge `change` into the lab file."""
        self.keep(_merged(yaml.safe_load((self.folder / "lab.yml").read_text(encoding="utf-8")), change))

    def keep(self, document: dict[str, Any]) -> None:
        """Write the lab file."""
        (self.folder / "lab.yml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def take(self, step: Step) -> None:
        """Do what has to be done before, run the command, and write down both."""
        self.happen(step)
        print(f"tour: {step.command}", file=sys.stderr, flush=True)
        ran = self.run(step.command)
        if ran.returncode != step.exit:
            why = self.run("carbon-fleet report latest").stdout
            raise SystemExit(f"tour: `{step.command}` ended with {ran.returncode}, not {step.exit}:\n{ran.stderr}{why}")
        self.parts.append(self.section(step, ran.stdout + (ran.stderr if step.talk else "")))

    def happen(self, step: Step) -> None:
        """What happened to the lab before this step."""
        for mac, versions in step.offered.items():
            (self.lab.mac(mac).shared / "versions.json").write_text(json.dumps(versions), encoding="utf-8")
        for mac, script in step.on_macs.items():
            done = self.lab.mac(mac).ssh(f"{TEMPORARY}{script}")
            if done.returncode != 0:
                raise SystemExit(f"tour: on {mac}, `{script}` ended with {done.returncode}: {done.stderr}")
        for mac, fault in step.faults.items():
            self.lab.mac(mac).break_(fault)
        for mac in step.mended:
            self.lab.mac(mac).mend()
        self.change_lab(step.lab)

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command line in the tour's folder, as a person does."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "CARBON_STATE": str(self.folder / "state"), "COLUMNS": "120"}
        words = ["bash", "-o", "pipefail", "-c", command]
        return subprocess.run(words, cwd=self.folder, env=env, capture_output=True, text=True, check=False)

    def section(self, step: Step, output: str) -> str:
        """The words and the output of one step, as Markdown."""
        lines = self.told(output).rstrip().splitlines()
        if len(lines) > step.lines:
            lines = [*lines[: step.lines], f"[… {len(lines) - step.lines} more lines]"]
        said = "\n".join(line.rstrip() for line in (f"$ {step.command}", *lines))
        tail = "" if step.exit == 0 else f"\nExit code {step.exit}.\n"
        title = f"## {step.title}\n\n" if step.title else ""
        return f"{title}{step.words}\n\n```\n{said}\n```\n{tail}"

    def told(self, output: str) -> str:
        """The output without this machine's own paths and names."""
        text = output.replace(str(self.folder), "~/lab").replace(str(self.lab.file.parent), "~/lab")
        return re.sub(r"\b\w+@[\w.-]+(?=, run|\b)", lambda found: found[0] if "lab@" in found[0] else "ann@desk", text)


def _merged(document: Any, change: Any) -> Any:
    if not isinstance(document, dict) or not isinstance(change, Mapping):
        return change
    return {**document, **{key: _merged(document.get(key), value) for key, value in change.items()}}


def main() -> int:
    """Take the tour and write its page."""
    began = time.monotonic()
    with _tour() as tour:
        tour.write_lab()
        for step in STEPS:
            tour.take(step)
        page = (tour.folder / "fleet.html").read_text(encoding="utf-8")
    words = {
        "macs": MACS,
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "seconds": time.monotonic() - began,
        "load": os.getloadavg()[1],
        "verbs": len({step.command.split()[1] for step in STEPS}),
    }
    PAGE.write_text("\n".join((HEAD.format(**words), *tour.parts)), encoding="utf-8")
    PICTURE.write_text(tour.told(page), encoding="utf-8")
    print(f"tour: {len(STEPS)} commands, {PAGE.relative_to(ROOT)} written, {time.monotonic() - began:.0f} s")
    return 0


@contextmanager
def _tour() -> Iterator[Tour]:
    with tempfile.TemporaryDirectory(prefix="cf-tour-") as folder:
        print(f"tour: bringing up {MACS} simulated Macs", file=sys.stderr, flush=True)
        (Path(folder) / "lab").mkdir()
        with SimulatedLab.up(macs=MACS, vm="modelled", state=Path(folder) / "sim") as lab:
            yield Tour(lab, Path(folder) / "lab")


if __name__ == "__main__":
    sys.exit(main())
