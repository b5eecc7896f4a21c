"""The promise of one document: exit code, outcomes, JUnit and metrics of any Report say the same."""

import json
import plistlib
from collections import Counter
from xml.etree import ElementTree

import jsonschema
from hypothesis import given, settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as textfile

from carbon_fleet.report.document import Exit, Outcome, Report, exit_code
from carbon_fleet.report.formats import FORMATS
from carbon_fleet.report.reading import read_report
from carbon_fleet.report.schema import FILE, report_schema, schema_text
from tests.unit.report.reports import reports

VALID = jsonschema.Draft202012Validator(report_schema())


@settings(max_examples=40)
@given(reports)
def test_json_comes_back_byte_for_byte_and_fits_the_schema(report: Report) -> None:
    text = report.to_json()
    again = read_report(text)
    assert again == report
    assert again.to_json() == text
    VALID.validate(json.loads(text))


@settings(max_examples=40)
@given(reports)
def test_exit_code_outcomes_junit_and_metrics_agree(report: Report) -> None:
    code = Exit.INTERRUPTED if report.interrupted else exit_code(mac.outcome for mac in report.macs)
    assert json.loads(report.to_json())["exit_code"] == report.exit_code == code
    root = ElementTree.fromstring(FORMATS["junit"](report))
    bad = [case for case in root.iter("testcase") if case.find("failure") is not None or case.find("error") is not None]
    assert (len(bad) > 0) is (code != 0)
    assert int(root.get("failures", "")) + int(root.get("errors", "")) == len(bad)
    suites = list(root.iter("testsuite"))
    for mac, suite in zip(report.macs, suites, strict=False):
        well = exit_code([mac.outcome]) == 0
        assert (int(suite.get("failures", "")) + int(suite.get("errors", "")) == 0) is well
    metrics = {family.name: family.samples for family in textfile(FORMATS["openmetrics"](report))}
    assert metrics["carbon_fleet_run_exit_code"][0].value == code
    counted = {sample.labels["outcome"]: sample.value for sample in metrics["carbon_fleet_macs"]}
    assert Counter(mac.outcome.value for mac in report.macs) == Counter({k: int(v) for k, v in counted.items()})
    told = [sample for sample in metrics.get("carbon_fleet_mac_outcome", []) if sample.value]
    assert [(sample.labels["mac"], sample.labels["outcome"]) for sample in told] == [
        (mac.mac, mac.outcome.value) for mac in report.macs
    ]
    assert plistlib.loads(FORMATS["munki"](report).encode())["carbon_fleet_exit_code"] == code


@settings(max_examples=40)
@given(reports)
def test_every_format_takes_every_report_and_says_it_twice_alike(report: Report) -> None:
    again = read_report(report.to_json())
    for name, render in FORMATS.items():
        text = render(report)
        assert text == render(again), name
        assert text.endswith("\n"), name
    list(open_metrics(FORMATS["openmetrics"](report)))  # type: ignore[no-untyped-call]
    assert FORMATS["jamf"](report).count("\n") == 1


def test_all_outcomes_are_named_in_the_metrics() -> None:
    text = FORMATS["openmetrics"](Report("drift", "lab", "f", "2026-01-01T00:00:00+00:00"))
    assert text.count("carbon_fleet_macs{") == len(Outcome)


def test_the_schema_that_ships_is_this_versions() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), f"run `carbon-fleet schema --report -o {FILE}`"
