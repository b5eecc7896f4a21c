"""Ctrl-C, a kill and a Mac that vanishes: the run ends with clear words, and what it started ends with it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet

pytestmark = pytest.mark.sim
SECONDS = "2317"
"""A sleep nobody else on this machine sleeps: a simulated Mac's processes are ours to see."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def until(lab: SimulatedLab, what: str, *, there: bool, seconds: float) -> bool:
    """Whether a process with `what` in its command line comes (or goes) in time; our own do not count."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if bool(found(lab, what)) is there:
            return True
        time.sleep(0.1)
    return False


def found(lab: SimulatedLab, what: str) -> list[str]:
    """The command lines that say `what` and belong to a Mac of this lab, not of another that runs beside it."""
    found = [process for process in psutil.process_iter(["cmdline"]) if what in " ".join(process.info["cmdline"] or [])]
    return [" ".join(process.info["cmdline"]) for process in found if _belongs(process, lab)]


def _belongs(process: psutil.Process, lab: SimulatedLab) -> bool:
    try:
        above = [" ".join(parent.cmdline()) for parent in process.parents()]
    except psutil.Error:
        return False
    return any(f"sim.supervisor {lab.state.directory}" in line for line in above)


def test_ctrl_c_says_so_and_leaves_nothing_running(lab: SimulatedLab) -> None:
    mac = lab.mac("mac-01")
    mac.break_("start-hangs")
    command = [sys.executable, "-m", "carbon_fleet", "apply", "--yes", str(lab.file), "--json"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert until(lab, "machine start", there=True, seconds=60)
    run.send_signal(signal.SIGINT)
    assert run.stderr is not None
    assert any("stopping: each Mac ends after the change it is in" in line for line in run.stderr)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=15)
    assert (run.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "interrupted: run the same command again, it goes on from what is there"
    assert "Traceback" not in err
    assert until(lab, "perl -e", there=False, seconds=8), found(lab, "perl -e")
    mac.mend()
    assert fleet("apply", str(lab.file), expect=0)["macs"][0]["outcome"] == "changed"


@pytest.mark.parametrize("where", ["mac", "guest"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_a_command_ends_with_the_run_that_started_it(lab: SimulatedLab, where: str, number: signal.Signals) -> None:
    fleet("apply", str(lab.file), expect=0)
    held = [sys.executable, "-m", "tests.sim.held_command", str(lab.file), "mac-01", where, SECONDS]
    run = subprocess.Popen(held, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert until(lab, f"/bin/sleep {SECONDS}", there=True, seconds=60)
    run.send_signal(number)
    run.wait(10)
    assert until(lab, f"/bin/sleep {SECONDS}", there=False, seconds=30), found(lab, SECONDS)


def test_a_mac_that_freezes_in_a_command_is_given_up_at_the_commands_deadline(lab: SimulatedLab) -> None:
    """The sshd's session process is stopped too: TCP still answers, nothing else does."""
    held = [sys.executable, "-m", "tests.sim.held_command", str(lab.file), "mac-01", "mac", SECONDS, "15", "4"]
    run = subprocess.Popen(held, stdout=subprocess.PIPE, text=True)
    assert until(lab, f"/bin/sleep {SECONDS}", there=True, seconds=60)
    stopped = sessions(lab, f"/bin/sleep {SECONDS}")
    assert stopped
    try:
        for process in stopped:
            process.suspend()
        out, _ = run.communicate(timeout=60)
    finally:
        for process in stopped:
            process.resume()
    assert run.returncode == 0
    assert "failed" in out
    assert f"`/bin/sleep {SECONDS}` (test): no answer within 19 seconds" in out


def sessions(lab: SimulatedLab, what: str) -> list[psutil.Process]:
    """The sshd session process above a command on a Mac of this lab."""
    processes = [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == what.split()]
    lines = [process for process in processes if _belongs(process, lab)]
    return [parent for process in lines for parent in _above(process) if parent.name().startswith("sshd")][:1]


def _above(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.parents()
    except psutil.NoSuchProcess:
        return []


def test_a_command_longer_than_its_deadline_is_ended_on_the_mac_and_named(lab: SimulatedLab) -> None:
    held = [sys.executable, "-m", "tests.sim.held_command", str(lab.file), "mac-01", "guest", SECONDS, "2"]
    ran = subprocess.run(held, capture_output=True, text=True, timeout=60)
    assert f"`/bin/sleep {SECONDS}` ended with status 124" in ran.stdout
    assert until(lab, f"/bin/sleep {SECONDS}", there=False, seconds=8)
