"""`carbon-fleet adopt HOST`: one look at a Mac somebody set up by hand, and the lab file that describes it."""

import json as plain_json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbon_fleet.adopt.left import hostname, left_alone
from carbon_fleet.adopt.look import AdoptSeen, question, seen_in
from carbon_fleet.adopt.text import text
from carbon_fleet.adopt.wish import Described, adopted, describe
from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Action, Change, Finding, Notice, Refusal, World
from carbon_fleet.plan.registry import found, lab_sections
from carbon_fleet.plan.selection import EVERYTHING
from carbon_fleet.report.document import Exit, MacReport, Report
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Lab, LabError
from carbon_fleet.spec.load import lab_from_text
from carbon_fleet.spec.writing import wish_yaml
from carbon_fleet.verbs.writing import write_whole
from operations import homebrew, lima, machine, preflight, provider
from operations.preflight.checks import MAC_OS

FORMAT_VERSION = 1


@dataclass
class Adoption:
    """What was asked for, and what the look at the Mac brought."""

    lab: str
    access: dict[str, Any]
    name: str | None = None
    machine: str | None = None
    text: str = ""
    left: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    refused: tuple[Refusal, ...] = ()
    unknown: str = ""

    def look(self, session: Session, report: MacReport) -> None:
        """One probe; all else is made from its answer. Raises `Unreadable` where that tells too little."""
        # Lima's before: which of its instances is meant, adopt's finds out.
        session.asked = (lima.RESOURCE.question(session.mac), question(self.machine))
        snapshot = session.snapshot()
        seen = preflight.RESOURCE.observe(snapshot)
        if seen.system != MAC_OS:
            mac = session.mac
            self.refused = tuple(
                one for one in preflight.RESOURCE.findings(World(mac, snapshot)) if isinstance(one, Refusal)
            )
            return
        adopt = seen_in(snapshot)
        if self.machine and self.machine not in adopt.machines:
            known = ", ".join(sorted(adopt.machines)) or "none"
            self.unknown = f"--machine {self.machine}: this Mac has no such Podman machine; it has {known}"
            return
        self._describe(adopt, snapshot)

    def _describe(self, adopt: AdoptSeen, snapshot: Snapshot) -> None:
        brew, mine = homebrew.RESOURCE.observe(snapshot), machine.RESOURCE.observe(snapshot)
        described = describe(adopt, brew, provider.RESOURCE.observe(snapshot), mine)
        self.name = self.name or hostname(snapshot.section("adopt"))
        self.findings = self._planned(described, snapshot)
        anew = any(isinstance(one, Change) and one.action is Action.REPLACE for one in self.findings)
        self.left = left_alone(adopt, brew, mine, snapshot, anew=anew, wished=adopted(adopt, mine))
        wish = {**self.access, **described.wish}
        self.text = text(self.lab, self.name, wish, described.unsaid, self.left, self.findings)

    def _planned(self, described: Described, snapshot: Snapshot) -> tuple[Finding, ...]:
        """What `plan` would find with this wish, in the very same look; replacements are looked behind, too."""
        wish = {**self.access, **described.wish}
        lab = _lab(self.lab, str(self.name), wish)
        findings, _ = found(World(lab.mac(str(self.name)), snapshot), EVERYTHING, lambda change: True)
        return tuple(finding for finding in findings if not isinstance(finding, Notice))


def adopt(
    access: dict[str, Any],
    *,
    lab: str,
    name: str | None,
    machine: str | None,
    output: Path | None,
    overwrite: bool,
    json: bool,
) -> int:
    """Print the lab file, or write it to `output`. Nothing on the Mac is changed.

    `access` are the lab file's own keys (`host`, `user`, …). Returns 0; 3 where a file is in the way or the host is no
    Mac, 4 where the look told too little, 5 where it cannot be entered, 64 where `access` or `machine` is none.
    """
    if output is not None and output.exists() and not overwrite:
        print(f"{output} is there already: it was left as it is; name another, or add --overwrite", file=sys.stderr)
        return Exit.REFUSED
    adoption = Adoption(lab, access, name, machine)
    try:
        here = _lab(lab, name or "mac-01", access)
    except LabError as error:
        print("\n".join(str(fault).partition(": ")[2] for fault in error.errors), file=sys.stderr)
        return Exit.USAGE
    (report,) = run_fleet(here, list(here.macs.values()), adoption.look, parallel=1, done=lambda report: None)
    if not adoption.text:
        return _nothing(here, report, adoption)
    return _hand_out(adoption, output, json)


def _lab(lab: str, name: str, wish: dict[str, Any]) -> Lab:
    return lab_from_text(wish_yaml({"lab": lab, "macs": {name: wish}}), lab_sections(), "adopt")


def _nothing(lab: Lab, report: MacReport, adoption: Adoption) -> int:
    told = [(one.code, one.what, one.remedy) for one in report.failures]
    told += [(one.code, one.what, one.remedy) for one in adoption.refused]
    for code, what, remedy in told:
        print(f"{code}: {what}; {remedy}", file=sys.stderr)
    if adoption.unknown:
        print(adoption.unknown, file=sys.stderr)
        return Exit.USAGE
    if adoption.refused:
        return Exit.REFUSED
    return Report("adopt", lab.name, "", "", macs=[report]).exit_code


def _hand_out(adoption: Adoption, output: Path | None, json: bool) -> int:
    if json:
        print(plain_json.dumps(_document(adoption), indent=2))
    elif output is None:
        print(adoption.text, end="")
    if output is None:
        return Exit.OK
    if (status := write_whole(output, adoption.text)) != Exit.OK:
        return status
    changes = sum(isinstance(finding, Change) for finding in adoption.findings)
    says = f"apply would make {changes} changes, named in it" if changes else "plan finds nothing to do"
    print(f"{output}: {adoption.name} as it is; {says}. Look: carbon-fleet plan {output}", file=sys.stderr)
    return Exit.OK


def _document(adoption: Adoption) -> dict[str, Any]:
    changes = [finding for finding in adoption.findings if isinstance(finding, Change)]
    refusals = [finding for finding in adoption.findings if isinstance(finding, Refusal)]
    return {
        "format_version": FORMAT_VERSION,
        "lab": adoption.lab,
        "mac": adoption.name,
        "yaml": adoption.text,
        "left": list(adoption.left),
        "changes": [
            {"address": one.address, "action": one.action, "reason": one.reason, "at_stake": list(one.at_stake)}
            for one in changes
        ],
        "refusals": [
            {"address": one.address, "code": one.code, "what": one.what, "remedy": one.remedy} for one in refusals
        ],
    }
