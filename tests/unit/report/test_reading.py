"""Old documents are read as far as they go; what is none, or newer, is refused with words."""

import json
from typing import Any

import pytest

from carbon_fleet.report.document import FORMAT_VERSION, Outcome
from carbon_fleet.report.formats import FORMATS
from carbon_fleet.report.reading import NotAReport, read_report
from tests.unit.report.test_document import full

FIRST: dict[str, Any] = {
    "format_version": 1,
    "verb": "drift",
    "lab": "brisbane",
    "file": "lab.yml",
    "started": "2026-11-20T10:00:00+00:00",
    "seconds": 1.5,
    "resources": 9,
    "macs": [{"mac": "mac-01", "outcome": "drifted", "seconds": 1.0, "execs": 1, "snapshot": "aa", "spec": "bb"}],
    "exit_code": 2,
}
"""As `--json` printed it before runs were kept."""


def test_the_first_format_is_read_and_rendered() -> None:
    FIRST["macs"][0]["changes"] = [
        {"address": "power", "action": "run", "attributes": [], "reason": "r", "at_stake": [], "commands": []}
    ]
    report = read_report(json.dumps(FIRST))
    assert (report.format_version, report.run, report.exit_code) == (1, "", 2)
    assert report.macs[0].outcome is Outcome.DRIFTED
    assert report.macs[0].changes[0].cause is None
    for name, render in FORMATS.items():
        assert "mac-01" in render(report) or name in ("jamf", "munki"), name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no JSON"),
        ("[]", "it has no `format_version`"),
        ("{}", "it has no `format_version`"),
        (json.dumps({**FIRST, "format_version": FORMAT_VERSION + 1}), "update carbon-fleet"),
        (json.dumps({**FIRST, "macs": [{"mac": "m", "outcome": "sideways"}]}), "`macs.0.outcome`"),
        (json.dumps({key: value for key, value in FIRST.items() if key != "verb"}), "`verb`: field required"),
        (json.dumps({**FIRST, "seconds": "s3cret"}), "`seconds`: input should be a valid number"),
    ],
)
def test_what_is_no_report_is_refused(text: str, says: str) -> None:
    with pytest.raises(NotAReport) as caught:
        read_report(text)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value), "what stands in it is not told"


def test_a_kept_report_comes_back_as_it_was() -> None:
    assert read_report(full().to_json()) == full()
