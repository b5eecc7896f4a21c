"""What the probe and the tests of `verify` say of one Mac, side by side."""

import pytest

from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned
from carbon_fleet.report.opinions import compare


def probed(*addresses: str, **more: object) -> MacReport:
    changes = [Planned(address, "update", [], "it is another", [], []) for address in addresses]
    return MacReport("m", Outcome.DRIFTED if changes else Outcome.CONVERGED, changes=changes, **more)  # type: ignore[arg-type]


def verdict(*tests: str) -> MacReport:
    failures = [Failure(f"m {test}", "VERIFY_FAILED", "w", "y", "d") for test in tests]
    return MacReport("m", Outcome.VERIFY_FAILED if tests else Outcome.VERIFIED, failures=failures)


def said(seen: MacReport, found: MacReport) -> list[str]:
    compare(seen, found)
    return [notice.what for notice in found.notices if notice.code == "OPINIONS_DIFFER"]


def test_two_that_agree_say_nothing() -> None:
    found = verdict()
    assert said(probed(), found) == []
    assert found.measured["probe"] == {"outcome": "converged", "changes": [], "later": []}
    assert said(probed("guest.file./etc/x"), verdict("test_guest.py::test_file")) == []


def test_what_only_the_tests_found_is_named() -> None:
    (what,) = said(probed(), verdict("test_machine.py::test_memory"))
    assert what == "of machine, the tests found wrong what the probe finds as wished: m test_machine.py::test_memory"


def test_what_only_the_probe_finds_is_named() -> None:
    (what,) = said(probed("stack.web"), verdict())
    assert what == "of stacks, the probe finds different what no test found wrong: stack.web"


def test_a_computation_is_no_matter_of_the_probe() -> None:
    assert said(probed(), verdict("test_gpu.py::test_computes")) == []


def test_what_the_probe_could_not_see_yet_is_no_difference() -> None:
    seen = probed("machine.carbon", later=["guest", "stack"])
    assert said(seen, verdict("test_machine.py::test_runs", "test_containers.py::test_unit_is_active")) == []


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.FAILED])
def test_who_saw_nothing_disagrees_with_nobody(outcome: Outcome) -> None:
    assert said(MacReport("m", outcome), verdict("test_mac.py::test_x")) == []
    assert said(probed("stack.web"), MacReport("m", outcome)) == []
