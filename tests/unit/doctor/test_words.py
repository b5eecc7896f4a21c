"""A command that fails for a reason the doctor knows ends under the doctor's code."""

import pytest

from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.doctor.diagnose import CHECKS, KNOWN
from carbon_fleet.doctor.words import WORDS, code_in
from carbon_fleet.engine.ends import failed
from carbon_fleet.engine.session import CommandFailed
from carbon_fleet.report.document import MacReport, Result

SAID = {
    'Error: exec: "krunkit": executable file not found in $PATH': "KRUNKIT_MISSING",
    "Error: krunkit exited unexpectedly with exit code 2": "KRUNKIT_TOO_OLD",
    "Error: krunkit exited unexpectedly with terminated by signal: abort trap": "KRUNKIT_ABORTS",
    "Error: Refusing to load formula libkrun/krun/krunkit from untrusted tap libkrun/krun.": "TAP_UNTRUSTED",
    "Error: Formulae found in multiple taps:": "OLD_TAP_IN_USE",
    'Error: unable to start "a": b already starting or running: only one VM can be active at a time': (
        "MACHINE_OTHER_RUNNING"
    ),
    'Error: connection "carbon-root" not found': "CONNECTION_MISSING",
    "Error: the amount of RAM is larger than the maximum of 61440 MiB": "MACHINE_MEMORY_CAP",
    "Error: can't find a firmware to load": "KRUNKIT_NO_FIRMWARE",
    "Error: Failed to obtain podman configuration: toml: line 1": "MACHINE_CONFIGURATION_BROKEN",
}


@pytest.mark.parametrize("line", SAID)
def test_words_have_their_code(line: str) -> None:
    report = MacReport("m")
    failed(report, CommandFailed(Result("machine.carbon", "podman machine start", 125, 1.0, ("more", line, "more"))))
    (failure,) = report.failures
    assert failure.code == SAID[line]
    assert "carbon-fleet doctor LAB MAC" in failure.remedy
    assert line not in failure.remedy


def test_every_word_is_tried_and_gives_a_code_of_the_doctor() -> None:
    assert {code for _, code in WORDS} == set(SAID.values())
    assert set(SAID.values()) <= {check.code for check in CHECKS} | set(KNOWN)


def test_other_words_are_what_they_were() -> None:
    assert code_in(["krunkit exited unexpectedly with exit code 1"]) is None
    report = MacReport("m")
    failed(report, CommandFailed(Result("a", "false", 1, 0.1, ("no",))))
    failed(report, CommandFailed(Result("a", "x", 88, 0.1, ("only one VM can be active at a time",)), "NO_ROOM"))
    failed(report, GaveUp("late"))
    assert [failure.code for failure in report.failures] == ["COMMAND_FAILED", "NO_ROOM", "GAVE_UP"]
