"""From what a pytest process told to the Report, and to one JUnit file."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from carbon_fleet.report.document import Exit, Failure, MacReport, Outcome, Report, exit_code
from carbon_fleet.spec import Mac
from carbon_fleet.verify.junit import merge
from carbon_fleet.verify.outcome import fill
from carbon_fleet.verify.record import Recorder, Told, read
from carbon_fleet.verify.trouble import Closed, closed_mac, lost

CHANGED = """@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Offending ED25519 key in /tmp/known_hosts:1
Host key for h has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = "No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.\n"


def reported(path: Path, status: int | None = 0, output: str = "") -> MacReport:
    report = MacReport("mac-01")
    fill(report, read(path), status, output)
    return report


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "results")


def test_all_passed_is_verified_and_says_the_gpu(tmp_path: Path, recorder: Recorder) -> None:
    recorder.test("test_a.py::test_x", "passed", "", "r")
    recorder.gpu("Virtio-GPU Venus (Apple M4)")
    recorder.notice("gpu", "CODE", "what", "why", "remedy")
    recorder.end(7)
    report = reported(tmp_path / "results")
    assert (report.outcome, report.gpu, report.execs) == (Outcome.VERIFIED, "Virtio-GPU Venus (Apple M4)", 7)
    assert report.tests == {"passed": 1, "failed": 0, "skipped": 0, "unknown": 0}
    assert report.notices == [Failure("gpu", "CODE", "what", "why", "remedy")]
    assert exit_code([report.outcome]) == Exit.OK


def test_a_failure_has_its_mac_test_message_and_remedy(tmp_path: Path, recorder: Recorder) -> None:
    recorder.test("test_a.py::test_x[podman]", "failed", "podman is not installed", "apply")
    recorder.end(1)
    report = reported(tmp_path / "results", 1)
    assert report.outcome is Outcome.VERIFY_FAILED
    failure = report.failures[0]
    assert (failure.address, failure.what, failure.remedy) == (
        "mac-01 test_a.py::test_x[podman]",
        "podman is not installed",
        "apply",
    )
    assert exit_code([report.outcome]) == Exit.VERIFY_FAILED == 100


def test_what_is_unknown_is_never_verified_and_told_once_a_cause(tmp_path: Path, recorder: Recorder) -> None:
    recorder.test("test_a.py::test_x", "passed", "", "")
    for name in ("y", "z"):
        recorder.test(f"test_a.py::test_{name}", "unknown", "unknown: the machine is stopped", "")
    recorder.end(1)
    report = reported(tmp_path / "results")
    assert report.outcome is Outcome.VERIFY_FAILED
    assert [notice.what for notice in report.notices] == [
        "the machine is stopped; so this could not be looked at: test_y, test_z"
    ]


def test_a_skip_is_told_with_its_reason(tmp_path: Path, recorder: Recorder) -> None:
    recorder.test("test_a.py::test_x", "passed", "", "")
    recorder.test("test_a.py::test_y", "skipped", "no hardware of its own", "")
    recorder.end(1)
    report = reported(tmp_path / "results")
    assert (report.outcome, report.tests["skipped"]) == (Outcome.VERIFIED, 1)
    assert (report.notices[0].code, report.notices[0].what) == ("SKIPPED", "no hardware of its own")


@pytest.mark.parametrize(
    ("said", "code", "outcome", "status"),
    [
        (CHANGED, "HOST_KEY_CHANGED", Outcome.REFUSED, Exit.REFUSED),
        (UNKNOWN, "HOST_KEY_UNKNOWN", Outcome.REFUSED, Exit.REFUSED),
        ("ssh: connect to host h port 22: Connection refused\n", "UNREACHABLE", Outcome.UNREACHABLE, Exit.UNREACHABLE),
        ("lab@h: Permission denied (publickey).\n", "UNREACHABLE", Outcome.UNREACHABLE, Exit.UNREACHABLE),
        ("", "UNREACHABLE", Outcome.UNREACHABLE, Exit.UNREACHABLE),
    ],
)
def test_ssh_words(tmp_path: Path, recorder: Recorder, said: str, code: str, outcome: Outcome, status: int) -> None:
    recorder.closed(closed_mac(Mac("mac-01", "h"), said))
    report = reported(tmp_path / "results", 5)
    assert (report.failures[0].code, report.outcome, exit_code([report.outcome])) == (code, outcome, status)
    assert report.failures[0].remedy


def test_a_connection_lost_on_the_way_keeps_what_was_seen(tmp_path: Path, recorder: Recorder) -> None:
    recorder.test("test_a.py::test_x", "failed", "podman is not installed", "apply")
    recorder.closed(lost(Mac("mac-01", "h"), "Timeout, server h not responding.\n"))
    report = reported(tmp_path / "results", 1)
    assert report.outcome is Outcome.UNREACHABLE
    assert [failure.code for failure in report.failures] == ["VERIFY_FAILED", "CONNECTION_LOST"]
    assert "not responding" in report.failures[1].what


@pytest.mark.parametrize(("status", "words"), [(None, "in time"), (4, "ended with 4): ERROR: boom")])
def test_a_suite_that_breaks_is_our_failure(tmp_path: Path, recorder: Recorder, status: int | None, words: str) -> None:
    recorder.test("test_a.py::test_x", "passed", "", "")
    report = reported(tmp_path / "results", status, "collected 3\nERROR: boom\n")
    assert (report.outcome, report.failures[-1].code) == (Outcome.FAILED, "VERIFY_BROKEN")
    assert words in report.failures[-1].what


def test_no_test_at_all_verifies_nothing(tmp_path: Path, recorder: Recorder) -> None:
    recorder.end(1)
    assert reported(tmp_path / "results", 5, "no tests ran").outcome is Outcome.FAILED


def test_a_half_line_and_no_file_are_read(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == Told()
    (tmp_path / "half").write_text('{"kind": "gpu", "gpu": "x"}\n{"kind": "te')
    assert read(tmp_path / "half") == Told(gpu="x")


def test_without_a_folder_nothing_is_written() -> None:
    Recorder(None).closed(Closed("A", "b", "c", "d"))


SUITE = (
    '<?xml version="1.0"?><testsuites><testsuite name="{0}" tests="1" failures="{1}" errors="0">'
    '<testcase classname="{0}.test_a" name="test_x">{2}</testcase></testsuite></testsuites>'
)


def test_junit_has_a_suite_a_mac_and_an_error_for_who_has_none(tmp_path: Path) -> None:
    (tmp_path / "1.xml").write_text(SUITE.format("mac-01", 0, ""))
    (tmp_path / "2.xml").write_text(SUITE.format("mac-02", 1, '<failure message="no"/>'))
    (tmp_path / "4.xml").write_text("<testsuites><test")
    bad = [Failure("mac", "UNREACHABLE", 'refused <"&', "why", "do")]
    parts = {
        "mac-01": (MacReport("mac-01"), tmp_path / "1.xml"),
        "mac-02": (MacReport("mac-02", failures=bad), tmp_path / "2.xml"),
        "mac-03": (MacReport("mac-03", failures=bad), tmp_path / "3.xml"),
        "mac-04": (MacReport("mac-04", failures=bad), tmp_path / "4.xml"),
    }
    merge(parts, tmp_path / "new" / "out.xml")
    root = ElementTree.parse(tmp_path / "new" / "out.xml").getroot()
    assert [suite.get("name") for suite in root] == ["mac-01", "mac-02", "mac-03", "mac-04"]
    assert len(root.findall(".//failure")) == 1
    errors = root.findall(".//error")
    assert [error.get("message") for error in errors] == ['refused <"&'] * 2
    assert [error.get("type") for error in errors] == ["UNREACHABLE"] * 2


def test_the_report_carries_counts_and_gpu_as_json() -> None:
    report = Report(
        "verify", "lab", "lab.yml", "now", macs=[MacReport("m", Outcome.VERIFIED, gpu="G", tests={"passed": 3})]
    )
    assert report.as_dict()["macs"][0]["gpu"] == "G"
    assert report.as_dict()["macs"][0]["tests"] == {"passed": 3}
    assert report.exit_code == 0
