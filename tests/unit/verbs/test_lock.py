"""`lock` on kept verifies: what it writes, keeps, shows and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.runs.index import entries
from carbon_fleet.runs.keep import keep
from carbon_fleet.verbs.lock import lock
from carbon_fleet.verbs.stop import Stop
from tests.unit.lock.lab import FILE
from tests.unit.runs.kept_runs import run

THINGS = {"podman": "6.1.1", "krunkit": "1.3.2", "chip": "Apple M4"}
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "brisbane.yml").write_text(FILE.replace("MORE", ""))
    return tmp_path


def saw(mac: str, outcome: Outcome = Outcome.VERIFIED, **things: str) -> MacReport:
    seen = {"things": {**THINGS, **things}, "taps": {"podman": "homebrew/core@1"}, "bottles": {}}
    return MacReport(mac, outcome, measured={"seen": seen})


def verified(hours: float, *macs: MacReport, tier: str | None = None) -> str:
    report = run(hours, *macs, verb="verify")
    report.options = {"tier": [tier]} if tier else {}
    keep(report)
    return report.run


def locked(said: Said, expect: int = 0, **options: Any) -> dict[str, Any]:
    words: dict[str, Any] = {"upgrade": False, "names": (), "yes": False, "json": True, **options}
    assert lock(Path("brisbane.yml"), options.pop("limit", ()), **words) == expect
    return dict(json.loads(said.readouterr().out))


def states(told: dict[str, Any]) -> dict[str, str]:
    return {mac["mac"]: mac["state"] for mac in told["macs"]}


def test_only_macs_whose_last_verify_passed_are_locked(place: Path, capsys: Said) -> None:
    verified(5, saw("mac-01"), saw("mac-02"), saw("mac-03"))
    verified(4, saw("mac-02", Outcome.VERIFY_FAILED))
    verified(3, saw("mac-03", Outcome.VERIFY_FAILED), tier="mac")
    told = locked(capsys, expect=4)
    assert states(told) == {"mac-01": "locked", "mac-02": "not locked", "mac-03": "locked"}
    assert "verify failed" in told["macs"][1]["why"]
    text = (place / "brisbane.lock.yml").read_text()
    assert "  - mac-01\n  - mac-03\n" in text
    assert (place / "brisbane.lock.yml").stat().st_mode & 0o777 == 0o644


def test_it_is_the_same_bytes_again_and_written_only_once(place: Path, capsys: Said) -> None:
    verified(5, *map(saw, ("mac-01", "mac-02", "mac-03")))
    assert locked(capsys)["written"] is True
    before = (place / "brisbane.lock.yml").read_bytes()
    verified(4, *map(saw, ("mac-03", "mac-02", "mac-01")))
    told = locked(capsys)
    assert (told["written"], states(told)["mac-01"]) == (False, "as it was")
    assert (place / "brisbane.lock.yml").read_bytes() == before


def test_what_moved_stays_locked_until_it_is_upgraded(place: Path, capsys: Said) -> None:
    verified(5, *map(saw, ("mac-01", "mac-02", "mac-03")))
    locked(capsys)
    second = verified(4, saw("mac-01", podman="6.2.0"), saw("mac-02"), saw("mac-03"))
    assert locked(capsys)["macs"][0]["moved"] == ["podman"]
    shown = locked(capsys, expect=2, upgrade=True)
    assert shown["macs"][0]["moves"] == [{"name": "podman", "seen": "6.2.0", "locked": "6.1.1"}]
    assert (shown["written"], "6.2.0" in (place / "brisbane.lock.yml").read_text()) == (False, False)
    assert locked(capsys, upgrade=True, yes=True)["written"] is True
    text = (place / "brisbane.lock.yml").read_text()
    assert f"    mac-01: {second}\n" in text
    assert text.count("podman: 6.2.0") == 1
    assert locked(capsys, upgrade=True)["macs"] == []


def test_nothing_is_locked_that_a_rule_speaks_against(place: Path, capsys: Said) -> None:
    verified(5, saw("mac-01"))
    locked(capsys, expect=4)
    verified(4, saw("mac-01", krunkit="1.1.1"))
    told = locked(capsys, expect=3, upgrade=True, yes=True)
    assert [rule["code"] for rule in told["macs"][0]["rules"]] == ["KRUNKIT_TOO_OLD", "KRUNKIT_REBOOTS"]
    assert "1.1.1" not in (place / "brisbane.lock.yml").read_text().partition("things")[2].partition("podman")[0]


def test_a_verify_of_before_kept_no_versions(capsys: Said) -> None:
    verified(5, MacReport("mac-01", Outcome.VERIFIED))
    told = locked(capsys, expect=4)
    assert "kept no versions" in told["macs"][0]["why"]
    assert "no verify of it is kept" in told["macs"][1]["why"]
    assert not Path("brisbane.lock.yml").exists()
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"names": ["podman"]}, "behind `--upgrade` only"),
        ({"upgrade": True}, "is not there"),
    ],
)
def test_what_makes_no_sense_is_said(options: dict[str, Any], says: str, capsys: Said) -> None:
    with pytest.raises(Stop) as stop:
        locked(capsys, **options)
    assert stop.value.code == 64
    assert says in capsys.readouterr().err


def test_a_thing_nobody_knows_is_refused_with_those_there_are(capsys: Said) -> None:
    verified(5, saw("mac-01"))
    locked(capsys, expect=4)
    with pytest.raises(Stop):
        locked(capsys, upgrade=True, names=["podmann"])
    assert "they have chip, krunkit, podman" in capsys.readouterr().err
