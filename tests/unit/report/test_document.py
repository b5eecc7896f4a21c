"""The Report: its exit code over all combinations, its JSON, what it keeps out."""

import itertools
import json

import pytest

from carbon_fleet.plan import Action, Attribute, Change, Refusal, mac
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Report, Result, exit_code

CODES = {
    Outcome.CONVERGED: 0,
    Outcome.CHANGED: 0,
    Outcome.VERIFIED: 0,
    Outcome.WAIVED: 0,
    Outcome.NOT_REACHED: 0,
    Outcome.HEALTHY: 0,
    Outcome.MEASURED: 0,
    Outcome.DRIFTED: 2,
    Outcome.AILING: 2,
    Outcome.STOPPED: 2,
    Outcome.REFUSED: 3,
    Outcome.FAILED: 4,
    Outcome.UNREACHABLE: 5,
    Outcome.OVERDUE: 5,
    Outcome.VERIFY_FAILED: 100,
}
WORST_FIRST = (4, 5, 3, 100, 2, 0)
"""What failed was begun and not ended; what was not reached is at least as it was."""


def test_every_outcome_has_its_code() -> None:
    assert set(CODES) == set(Outcome)
    assert {outcome: exit_code([outcome]) for outcome in Outcome} == CODES
    assert exit_code([]) == 0


@pytest.mark.parametrize("size", range(2, len(Outcome) + 1))
def test_the_worst_decides_in_any_order(size: int) -> None:
    for outcomes in itertools.combinations(Outcome, size):
        worst = min((CODES[outcome] for outcome in outcomes), key=WORST_FIRST.index)
        assert exit_code(outcomes) == exit_code(reversed(outcomes)) == worst


def full() -> Report:
    """A Report with something in every field."""
    change = Change(
        "a.b",
        Action.REPLACE,
        (Attribute("x", None, "é\x1b"), Attribute("n", 1, True)),
        "why",
        (mac("ls", "a b"),),
        ("v",),
    )
    failure = Failure.of(Refusal("a", "CODE", "what", "why", "do"))
    one = MacReport(
        "mac-01", Outcome.REFUSED, 1.5, 2, "snap", "spec", "reached", probes=1, changes=[Planned.of(change)]
    )
    one.results, one.failures, one.notices = [Result("a.b", "ls", 1, 0.1, ("a", "b"))], [failure], [failure]
    one.milliseconds, one.tests, one.gpu = {"power": 3}, {"passed": 1}, "llvmpipe"
    return Report("apply", "lab", "lab.yml", "2026-01-01T00:00:00+00:00", 2.0, 8, [one, MacReport("mac-02")])


def test_json_is_the_whole_document_and_its_exit_code() -> None:
    document = json.loads(full().to_json())
    assert next(iter(document)) == "format_version"
    assert (document["format_version"], document["exit_code"]) == (2, 3)
    first, second = document["macs"]
    assert first["outcome"] == "refused"
    assert first["changes"] == [
        {
            "address": "a.b",
            "action": "replace",
            "attributes": [
                {"name": "x", "before": None, "after": "é\x1b"},
                {"name": "n", "before": 1, "after": True},
            ],
            "reason": "why",
            "at_stake": ["v"],
            "commands": ["ls 'a b'"],
            "cause": None,
            "evidence": "",
            "waiver": None,
        }
    ]
    assert first["results"] == [{"address": "a.b", "command": "ls", "status": 1, "seconds": 0.1, "tail": ["a", "b"]}]
    assert first["failures"] == [{"address": "a", "code": "CODE", "what": "what", "why": "why", "remedy": "do"}]
    assert (first["gpu"], first["tests"], first["milliseconds"]) == ("llvmpipe", {"passed": 1}, {"power": 3})
    assert second["outcome"] == "converged"
    assert json.dumps(document, indent=2) == full().to_json(), "nothing in it needed a default"


def test_what_goes_in_on_standard_input_never_comes_out() -> None:
    change = Change("s", Action.UPDATE, (), "r", (mac("podman", "secret", "create", "db", "-", stdin="hunter2"),))
    report = Report("apply", "l", "f", "", macs=[MacReport("m", changes=[Planned.of(change)])])
    assert "hunter2" not in report.to_json()
    assert "podman secret create db -" in report.to_json()
