"""What two runs have in difference, and how it is read."""

import io
import json
from dataclasses import asdict, replace

from hypothesis import given, settings
from rich.console import Console

from carbon_fleet.report.comparison import Comparison, compare
from carbon_fleet.report.comparison_text import print_comparison
from carbon_fleet.report.document import Outcome, Report
from tests.unit.report.reports import reports
from tests.unit.runs.kept_runs import change, drifted, run, unreachable


def rendered(comparison: Comparison) -> list[str]:
    out = io.StringIO()
    print_comparison(comparison, Console(file=out, width=160, emoji=False, highlight=False))
    return out.getvalue().splitlines()


def test_what_changed_since() -> None:
    before = run(96, drifted("mac-01"), drifted("mac-02", "power", "a", "b"), drifted("mac-03"), unreachable("mac-04"))
    now = [drifted("mac-01"), drifted("mac-02", "a", "b", "c"), unreachable("mac-03"), drifted("mac-04")]
    now.append(drifted("mac-05"))
    now[1].changes[1] = change("b", "0600", "0644")
    now[1].sections = {"power": "p2", "guest": "g"}
    after = replace(run(0, *now), spec="e" * 64, lock="f" * 64, version="0.2.0")
    after.macs[3].gpu = "Apple M4"
    assert rendered(compare(before, after)) == [
        "20261117T120000Z-000000 → 20261121T120000Z-000000",
        "  lab file: dddddddddddd → eeeeeeeeeeee",
        "  lock: (none) → ffffffffffff",
        "  carbon-fleet: 0.1.0 → 0.2.0",
        "mac-02  drifted",
        "    + c  it differs",
        "        mode: 0644 → 0600",
        "    ~ b  it differs",
        "        mode: 0600 → 0644",
        "    - power  no longer differs",
        "    moved: power",
        "mac-03  converged → unreachable",
        "    now mac UNREACHABLE: no route to host",
        "    wish: s1 → (none)",
        "mac-04  unreachable → converged",
        "    no longer mac UNREACHABLE: no route to host",
        "    wish: (none) → s1",
        "mac-05  not in that run → converged",
        "4 of 5 Macs differ",
    ]


def test_after_an_apply_what_it_left_counts_and_what_it_made_does_not() -> None:
    made = replace(drifted("mac-01", "power", "a"), outcome=Outcome.DRIFTED, left=[change("b")])
    difference = compare(run(2, drifted("mac-01", "power", "b")), run(1, made, verb="apply")).macs[0]
    assert [one.address for one in difference.gone] == ["power"]
    assert (difference.appeared, difference.moved) == ([], [])


def test_what_was_not_looked_at_is_not_gone() -> None:
    blind = replace(drifted("mac-01"), snapshot=None, outcome=Outcome.FAILED)
    assert compare(run(2, drifted("mac-01", "power")), run(1, blind)).macs[0].gone == []
    looked = compare(run(2, drifted("mac-01", "power")), run(1, drifted("mac-01"), verb="verify"))
    assert looked.macs[0].gone == [], "verify judges other things"


@settings(max_examples=30)
@given(reports, reports)
def test_any_two_reports_can_be_compared_and_one_with_itself_is_the_same(one: Report, other: Report) -> None:
    same = compare(one, one)
    assert not same
    assert rendered(same)[-1] == f"no difference: {len(one.macs)} Macs are as they were"
    assert rendered(compare(one, other))
    assert json.dumps(asdict(compare(one, other)))
    there, back = compare(one, other), compare(other, one)
    assert {mac.mac for mac in there.macs} == {mac.mac for mac in back.macs}
    gone = {mac.mac: {change.address for change in mac.gone} for mac in back.macs}
    assert {mac.mac: {change.address for change in mac.appeared} for mac in there.macs} == gone
