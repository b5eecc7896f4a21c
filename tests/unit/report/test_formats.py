"""Each format of one Report, whole: what CI systems, Prometheus, Jamf and Munki read."""

import plistlib
from dataclasses import replace

import pytest

from carbon_fleet.report.document import Cause, Failure, MacReport, Outcome, Planned, Report, Waived
from carbon_fleet.report.formats import FORMATS, text
from carbon_fleet.report.openmetrics import openmetrics
from carbon_fleet.runs.index import Entry
from tests.unit.runs.kept_runs import change, drifted, run, unreachable

WAIVER = Waived("ada", "until the desk is moved", "2026-12-31")
REPORT = run(0, drifted("mac-01"), drifted("mac-02", "power", "homebrew.formula.jq"), unreachable("mac-03"))
REPORT.macs[1].changes[0].cause = Cause.CORRECTIVE
REPORT.macs[1].changes[1].waiver = WAIVER

SUITE = 'timestamp="2026-11-21T12:00:00+00:00" time='
JUNIT = f"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="carbon-fleet drift" time="2.500" tests="4" failures="1" errors="1" skipped="1">
  <testsuite name="mac-01" {SUITE}"0.500" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="mac-01" name="mac" />
  </testsuite>
  <testsuite name="mac-02" {SUITE}"0.500" tests="2" failures="1" errors="0" skipped="1">
    <testcase classname="mac-02" name="power">
      <failure type="corrective" message="it differs">mode: 0644 → 0600</failure>
    </testcase>
    <testcase classname="mac-02" name="homebrew.formula.jq">
      <skipped type="waived" message="until the desk is moved (ada, until 2026-12-31)">mode: 0644 → 0600</skipped>
    </testcase>
  </testsuite>
  <testsuite name="mac-03" {SUITE}"15.000" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="mac-03" name="mac">
      <error type="UNREACHABLE" message="no route to host">why: mac-03 could not be entered
do: try `ssh`</error>
    </testcase>
  </testsuite>
</testsuites>
"""


def test_junit() -> None:
    assert FORMATS["junit"](REPORT) == JUNIT


def test_junit_takes_what_xml_cannot_hold() -> None:
    mac = MacReport("m\x00\x1b", Outcome.FAILED, failures=[Failure("a", "C", "\x07<&>\ufffe\ud800", "", "")])
    told = FORMATS["junit"](Report("apply", "l", "f", "", macs=[mac]))
    assert 'name="m\\x00\\x1b"' in told
    assert 'message="\\x07&lt;&amp;&gt;\ufffd\ufffd"' in told


def test_what_was_made_passes_and_what_was_left_does_not() -> None:
    mac = replace(drifted("mac-01", "power"), outcome=Outcome.CHANGED)
    told = FORMATS["junit"](run(0, mac, verb="apply"))
    assert 'failures="0"' in told
    assert "<system-out>it differs</system-out>" in told
    left = replace(mac, outcome=Outcome.DRIFTED, left=[change("homebrew")])
    assert '<testcase classname="mac-01" name="homebrew">\n      <failure' in FORMATS["junit"](
        run(0, left, verb="apply")
    )


def test_what_was_not_chosen_is_skipped_and_not_counted() -> None:
    report = run(0, drifted("mac-01", "power.ac", "stack.x"))
    report.options = {"only": ["stack"], "skip": []}
    told = FORMATS["junit"](report)
    assert '<skipped type="not chosen" message="--only or --skip left it out">' in told
    assert 'failures="1"' in told
    assert "drifted: stack.x (" in FORMATS["jamf"](report)
    assert Entry.of(report).macs["mac-01"].pending == 1


def test_an_interrupted_run_and_notes_of_the_lab_have_a_suite() -> None:
    report = replace(
        REPORT, macs=[], interrupted=True, notes=[Failure("waivers.0", "UNUSED", "matches nothing", "", "rm")]
    )
    told = FORMATS["junit"](report)
    assert '<testsuite name="brisbane"' in told
    assert '<error type="interrupted" message="the run was interrupted"' in told
    assert "<system-out>matches nothing; rm</system-out>" in told


MEASURED = {
    "prove": {"figures": {"bandwidth_gb_s": 61.5, "compute_gflop_s": 2000}},
    "bench": {"paths": {"venus": {"prompt": {"median": 610.25}, "generation": {"median": 42.0}}}},
}


def test_metrics() -> None:
    proved = MacReport("mac-01", Outcome.VERIFIED, gpu='Apple "M4"\\', tests={"passed": 40}, measured=MEASURED)
    lines = openmetrics([REPORT, run(1, proved, verb="verify")]).splitlines()
    of_one = '{lab="brisbane",verb="verify",mac="mac-01"'
    of_all = '{lab="brisbane",verb="drift"'
    for line in [
        "# TYPE carbon_fleet_run_exit_code gauge",
        f"carbon_fleet_run_exit_code{of_all}}} 5",
        'carbon_fleet_run_exit_code{lab="brisbane",verb="verify"} 0',
        f"carbon_fleet_run_timestamp_seconds{of_all}}} 1795262400",
        f"carbon_fleet_run_duration_seconds{of_all}}} 2.5",
        f'carbon_fleet_macs{of_all},outcome="unreachable"}} 1',
        f'carbon_fleet_mac_outcome{of_all},mac="mac-02",outcome="drifted"}} 1',
        f'carbon_fleet_mac_outcome{of_all},mac="mac-02",outcome="converged"}} 0',
        f'carbon_fleet_mac_changes{of_all},mac="mac-02",cause="corrective"}} 1',
        f'carbon_fleet_mac_changes{of_all},mac="mac-02",cause="unknown"}} 1',
        f'carbon_fleet_mac_changes_waived{of_all},mac="mac-02"}} 1',
        f'carbon_fleet_mac_failures{of_all},mac="mac-03",code="UNREACHABLE"}} 1',
        'carbon_fleet_mac_tests{lab="brisbane",verb="verify",mac="mac-01",result="passed"} 40',
        'carbon_fleet_mac_gpu_info{lab="brisbane",verb="verify",mac="mac-01",device="Apple \\"M4\\"\\\\"} 1',
        'carbon_fleet_gpu_bandwidth_bytes_per_second{lab="brisbane",verb="verify",mac="mac-01"} 61500000000',
        'carbon_fleet_gpu_compute_flops{lab="brisbane",verb="verify",mac="mac-01"} 2000000000000',
        f'carbon_fleet_bench_tokens_per_second{of_one},path="venus",phase="prompt"}} 610.25',
    ]:
        assert line in lines
    types = [line for line in lines if line.startswith("# TYPE")]
    assert len(types) == len({*types}), "no family is begun twice"
    assert lines[-1] == "# EOF"


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (REPORT, "1 converged, 1 drifted, 1 unreachable"),
        (run(0, REPORT.macs[0]), "converged"),
        (run(0, REPORT.macs[1]), "drifted: power"),
        (run(0, REPORT.macs[2]), "unreachable: UNREACHABLE"),
        (
            run(0, replace(drifted("m"), changes=[Planned("a<b>&", "run", [], "", [], [])])),
            "converged: a&lt;b&gt;&amp;",
        ),
    ],
)
def test_jamf(report: Report, line: str) -> None:
    assert FORMATS["jamf"](report) == f"<result>{line} (drift 2026-11-21T12:00:00+00:00)</result>\n"


def test_munki() -> None:
    facts = plistlib.loads(FORMATS["munki"](run(0, REPORT.macs[1])).encode())
    assert facts == {
        "carbon_fleet_exit_code": 2,
        "carbon_fleet_lab": "brisbane",
        "carbon_fleet_verb": "drift",
        "carbon_fleet_when": "2026-11-21T12:00:00+00:00",
        "carbon_fleet_outcome": "drifted",
        "carbon_fleet_changes": 1,
        "carbon_fleet_addresses": ["power"],
        "carbon_fleet_codes": [],
        "carbon_fleet_gpu": "",
    }
    assert (
        plistlib.loads(FORMATS["munki"](REPORT).encode())["carbon_fleet_outcome"]
        == "1 converged, 1 drifted, 1 unreachable"
    )


def test_text_is_that_of_a_pipe() -> None:
    assert "\x1b" not in text(REPORT)
    assert text(REPORT).splitlines()[0] == "mac-02"
