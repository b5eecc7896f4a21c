"""Why Macs differ, told from what is noted on them: one Mac for each way to drift, looked at in one run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from tests.sim.runs import commands, fleet

pytestmark = pytest.mark.sim
CORRECTIVE, INTENDED, UPDATED, WAIVED, HALF = (f"mac-{n:02}" for n in range(1, 6))
DROP_IN = ".config/containers/containers.conf.d/50-carbon-fleet.conf"
RECORD = ".local/state/carbon-fleet/applied-sim.json"
BREW_UPGRADE = "/opt/homebrew/bin/brew upgrade podman && /opt/homebrew/bin/brew unlink podman"
STOP = "/opt/homebrew/bin/podman machine stop carbon"


def day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()


def waiver(address: str, expires: str, *macs: str) -> dict[str, Any]:
    return {"address": address, "macs": list(macs), "reason": "tried here", "owner": "lee", "expires": expires}


WAIVERS = [
    waiver("provider.*", day(30), WAIVED),
    waiver("provider.drop-in", day(-1), CORRECTIVE),
    waiver("power.*", day(30), UPDATED),
]


@dataclass
class Drifted:
    """A lab in which each Mac drifted in its own way after an apply."""

    lab: SimulatedLab
    file: str
    document: dict[str, Any]

    def variant(self, name: str, **macs: dict[str, Any]) -> str:
        """A copy of the lab file in which some Macs have more."""
        document = json.loads(json.dumps(self.document))
        for mac, more in macs.items():
            document["macs"][mac.replace("_", "-")] |= more
        path = Path(self.file).with_name(f"{name}.yml")
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return str(path)


def run(lab: SimulatedLab, mac: str, command: str) -> str:
    ran = lab.mac(mac).ssh(f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {command}')
    assert ran.returncode == 0, ran
    return ran.stdout


@pytest.fixture(scope="module")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drifted]:
    with SimulatedLab.up(macs=5, vm="modelled", state=tmp_path_factory.mktemp("lab")) as lab:
        document = yaml.safe_load(lab.file.read_text()) | {"lab": "sim"}
        lab.mac(HALF).break_("build-fails")
        file = Path(lab.file).with_name("lab-of-the-test.yml")
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        applied = fleet("apply", str(file), "--yes", expect=4)["macs"]
        assert {mac["mac"]: mac["failures"] for mac in applied if mac["outcome"] != "changed"}.keys() == {HALF}, applied
        lab.mac(HALF).mend()
        for mac in (CORRECTIVE, WAIVED):
            run(lab, mac, f"echo '# mine' >>{DROP_IN}")
        (lab.mac(UPDATED).shared / "versions.json").write_text('{"podman": "6.2.0"}')
        run(lab, UPDATED, f"{STOP} && {BREW_UPGRADE}")
        (lab.mac(UPDATED).shared / "faults" / "macos-update").write_text("MACOS=26.2\nBUILD=25C56\n")
        document["macs"][INTENDED]["guest"] = {"files": {"/etc/motd.d/lab.conf": {"content": "new\n"}}}
        file.write_text(yaml.safe_dump(document | {"waivers": WAIVERS}, sort_keys=False))
        yield Drifted(lab, str(file), document | {"waivers": WAIVERS})


def of(report: dict[str, Any], mac: str) -> dict[str, Any]:
    return next(each for each in report["macs"] if each["mac"] == mac)


def told(mac: dict[str, Any]) -> set[tuple[str, str]]:
    """(address, cause) of each Change that counts."""
    return {(change["address"], change["cause"]) for change in mac["changes"]}


@pytest.fixture(scope="module")
def looked(drifted: Drifted) -> dict[str, Any]:
    return fleet("drift", drifted.file, expect=2)


def test_each_difference_has_its_cause(looked: dict[str, Any]) -> None:
    report = looked
    assert told(of(report, CORRECTIVE)) == {("provider.drop-in", "corrective")}
    assert told(of(report, INTENDED)) == {("guest.file./etc/motd.d/lab.conf", "intended")}
    assert {cause for _, cause in told(of(report, UPDATED))} == {"environment"}
    half = told(of(report, HALF))
    assert half
    assert {cause for _, cause in half} == {"intended"}, "what was applied before the failure does not differ"
    assert all(mac["execs"] == 1 for mac in report["macs"])


def test_the_evidence_names_receipt_and_version(looked: dict[str, Any]) -> None:
    evidence = {change["address"]: change["evidence"] for change in of(looked, UPDATED)["changes"]}
    podman = evidence["homebrew.formula.podman"]
    assert "homebrew.formula.podman: 6.1.1, poured 20" in podman
    assert "→ 6.2.0, poured 20" in podman
    assert "macos: 26.1 (25B78) → 26.2 (25C56)" in evidence["machine.carbon"]


def test_a_waiver_counts_apart(drifted: Drifted) -> None:
    report = fleet("drift", drifted.file, f"--limit={WAIVED}", expect=0)
    mac = of(report, WAIVED)
    assert (mac["outcome"], mac["changes"]) == ("waived", [])
    assert [(change["address"], change["waiver"]["owner"]) for change in mac["left"]] == [("provider.drop-in", "lee")]


def test_expired_and_unused_waivers_are_called_out(looked: dict[str, Any]) -> None:
    assert [note["code"] for note in looked["notes"]] == ["WAIVER_EXPIRED", "WAIVER_UNUSED"]
    assert of(looked, CORRECTIVE)["changes"][0]["waiver"]["expired"] is True


def test_a_version_that_brew_poured_is_named_where_it_refuses(drifted: Drifted) -> None:
    wish = {"homebrew": {"formulae": {"podman": {"version": ">=5.6,<6.2"}}}}
    file = drifted.variant("too-new", **{UPDATED.replace("-", "_"): wish})
    (failure,) = of(fleet("drift", file, f"--limit={UPDATED}", expect=3), UPDATED)["failures"]
    assert failure["code"] == "FORMULA_TOO_NEW"
    assert "since the last apply it moved: 6.1.1, poured" in failure["why"]


def test_silence_is_told_apart_from_absence(drifted: Drifted) -> None:
    dead = {"port": free_port()}
    file = drifted.variant(
        "silent",
        mac_01=dead | {"report_interval": "1d"},
        mac_02=dead | {"port": free_port(), "report_interval": "1s"},
        mac_03={"port": free_port()},
    )
    report = fleet("drift", file, "--limit=mac-01,mac-02,mac-03", expect=5)
    assert [mac["outcome"] for mac in report["macs"]] == ["unreachable", "overdue", "unreachable"]
    assert all(mac["last_seen"] for mac in report["macs"])
    assert "its `report_interval` is 1s" in of(report, "mac-02")["failures"][-1]["what"]
    assert [notice["code"] for notice in of(report, "mac-03")["notices"]] == ["LAST_SEEN"]


def test_fix_undoes_only_what_the_mac_changed(drifted: Drifted) -> None:
    report = fleet("drift", drifted.file, "--fix", expect=2)
    fixed = {mac["mac"]: [change["address"] for change in mac["changes"]] for mac in report["macs"] if mac["changes"]}
    assert fixed == {CORRECTIVE: ["provider.drop-in"]}
    assert {mac["mac"]: mac["outcome"] for mac in report["macs"] if mac["mac"] in (CORRECTIVE, WAIVED)} == {
        CORRECTIVE: "changed",
        WAIVED: "waived",
    }
    again = fleet("drift", drifted.file, expect=2)
    assert of(again, CORRECTIVE)["outcome"] == "converged"
    assert {cause for _, cause in told(of(again, UPDATED))} == {"environment"}, "what was left keeps its cause"
    assert told(of(again, INTENDED)) == {("guest.file./etc/motd.d/lab.conf", "intended")}


def test_apply_leaves_what_is_waived_and_notes_the_rest(drifted: Drifted) -> None:
    report = fleet("apply", drifted.file, "--yes", expect=0)
    assert of(report, WAIVED)["outcome"] == "waived"
    assert run(drifted.lab, WAIVED, f"tail -n1 {DROP_IN}") == "# mine\n"
    assert {mac["outcome"] for mac in report["macs"]} == {"changed", "converged", "waived"}
    second = fleet("apply", drifted.file, "--yes", expect=0)
    assert commands(second) == []
    assert {mac["execs"] for mac in second["macs"]} == {1}, "a record that says so already is left alone"


def test_without_a_record_nothing_is_claimed_or_fixed(drifted: Drifted) -> None:
    run(drifted.lab, CORRECTIVE, f"echo garbage >{RECORD}; echo '# mine' >>{DROP_IN}")
    mac = of(fleet("drift", drifted.file, "--fix", f"--limit={CORRECTIVE}", expect=2), CORRECTIVE)
    assert (mac["changes"], mac["results"], mac["applied"]) == ([], [], {})
    (left,) = mac["left"]
    assert (left["cause"], "not a record" in left["evidence"]) == ("unknown", True)


def test_a_record_that_cannot_be_written_is_a_notice(drifted: Drifted) -> None:
    run(drifted.lab, HALF, f"rm {RECORD} && mkdir {RECORD}")
    mac = of(fleet("apply", drifted.file, "--yes", f"--limit={HALF}", expect=0), HALF)
    assert (mac["outcome"], [notice["code"] for notice in mac["notices"]]) == ("converged", ["NOT_NOTED"])
