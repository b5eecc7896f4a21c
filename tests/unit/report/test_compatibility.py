"""What `compat` says of a Mac: which rule, why, what to move; of what nobody saw working, that nobody did."""

from carbon_fleet.lock.judge import judge
from carbon_fleet.lock.rules import compatibility
from carbon_fleet.report.compatibility import fill
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.formats import FORMATS
from carbon_fleet.spec import LockedSet
from tests.unit.lock.test_rules import GOOD

KNOWN = compatibility()


def locked(**things: str) -> LockedSet:
    return LockedSet(macs=("mac-01",), verified={"mac-01": "run"}, things={**GOOD, **things})


def judged(things: dict[str, str], *sets: LockedSet) -> MacReport:
    report = MacReport("mac-01")
    fill(report, things, judge(things, KNOWN.rules, sets), KNOWN, sets, lab_file="lab.yml")
    return report


def text(mac: MacReport) -> str:
    return FORMATS["text"](Report("compat", "brisbane", "lab.yml", "2026-11-30", macs=[mac]))


def test_a_bad_one_names_the_rule_why_and_the_fewest_moves() -> None:
    mac = judged({**GOOD, "krunkit": "1.1.1"})
    assert (mac.outcome, mac.failures[0].code) == (Outcome.DRIFTED, "KRUNKIT_TOO_OLD")
    assert "here: podman 6.1.1, krunkit 1.1.1" in mac.failures[0].what
    assert "https://github.com/containers/podman/issues/29439" in mac.failures[0].why
    assert mac.failures[0].remedy.startswith("move krunkit to >=1.2.0: brew upgrade")
    assert mac.measured["compat"]["ways"] == [
        [{"name": "krunkit", "before": "1.1.1", "after": "1.3.2", "do": "brew upgrade libkrun/krun/krunkit"}]
    ]
    said = text(mac)
    assert "known bad compat.krunkit-without-timesync KRUNKIT_TOO_OLD" in said
    assert "krunkit 1.1.1 → 1.3.2" in said


def test_a_version_that_only_the_lock_has_is_kept_in_a_tap_of_ones_own() -> None:
    mac = judged({**GOOD, "podman": "6.1.1", "machine-podman": "5.8.3"}, locked(podman="5.8.3"))
    steps = {way[0]["name"]: way[0]["do"] for way in mac.measured["compat"]["ways"]}
    assert "brew extract --version=5.8.3 podman OWNER/TAP" in steps["podman"]
    assert mac.measured["compat"]["ways"][0][0]["name"] == "machine-podman", "what goes back comes last"


def test_a_chip_cannot_be_moved() -> None:
    mac = judged({**GOOD, "chip": "Apple A18 Pro"})
    assert [notice.code for notice in mac.notices] == ["NO_WAY_KNOWN"]
    assert [failure.code for failure in mac.failures] == ["CHIP_UNSUPPORTED"]


def test_unknown_is_said_to_be_unknown_with_what_differs() -> None:
    mac = judged({**GOOD, "molten-vk": "1.4.2"}, locked(**{"molten-vk": "1.4.1"}))
    assert (mac.outcome, [notice.code for notice in mac.notices]) == (Outcome.DRIFTED, ["TUPLE_UNKNOWN"])
    assert "differs in molten-vk 1.4.2 (locked: 1.4.1)" in mac.notices[0].what
    assert mac.notices[0].remedy.endswith("carbon-fleet lock lab.yml --upgrade")
    assert "the lab has no lock" in judged(GOOD).notices[0].what


def test_what_is_not_known_is_named() -> None:
    stopped = {name: value for name, value in GOOD.items() if name not in ("kernel", "mesa", "mesa-rounding")}
    mac = judged(stopped, locked())
    assert "not known of it: kernel, mesa, mesa-rounding" in mac.notices[0].what
    assert set(mac.measured["compat"]["open"]) == {"mesa-unrounded-old-kernel", "mesa-unrounded-old-mesa"}


def test_good_is_what_the_lock_saw() -> None:
    mac = judged(GOOD, locked())
    assert (mac.outcome, mac.failures, mac.notices) == (Outcome.CONVERGED, [], [])
    assert "known good" in text(mac)
