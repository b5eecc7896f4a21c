"""The simulated launchd keeps what launchd.plist(5) says of the keys that our property lists use."""

import plistlib
import time
from collections.abc import Iterator
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac

pytestmark = [pytest.mark.sim]


@pytest.fixture(scope="module")
def mac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedMac]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("launchd")) as running:
        yield running.mac("mac-01")


def load(mac: SimulatedMac, label: str, script: str, **more: Any) -> int:
    job = {"Label": label, "ProgramArguments": ["/bin/sh", "-c", script], "ThrottleInterval": 0, **more}
    path = mac.home / f"Library/LaunchAgents/{label}.plist"
    path.write_bytes(plistlib.dumps(job))
    path.chmod(0o644)
    return int(mac.ssh(f"launchctl bootstrap gui/501 Library/LaunchAgents/{label}.plist").returncode)


def told(mac: SimulatedMac, label: str) -> dict[str, str]:
    said = mac.ssh(f"launchctl print gui/501/{label}").stdout.splitlines()
    return dict(line.strip().split(" = ", 1) for line in said[1:] if " = " in line)


def until(mac: SimulatedMac, command: str) -> None:
    loop = f"i=0; until {command}; do i=$((i+1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done"
    assert mac.ssh(loop).returncode == 0, command


def test_one_that_is_kept_alive_comes_again_and_one_that_ended_well_does_not(mac: SimulatedMac) -> None:
    assert load(mac, "always", "echo x >>always; exit 0", KeepAlive=True) == 0
    assert load(mac, "well", "echo x >>well; exit 0", KeepAlive={"SuccessfulExit": False}) == 0
    failing = "echo x >>ill; [ $(wc -l <ill) -ge 3 ]"
    assert load(mac, "ill", failing, KeepAlive={"SuccessfulExit": False}, WorkingDirectory="/Users/lab") == 0
    assert load(mac, "once", "echo x >>/Users/lab/once; exit 7", RunAtLoad=True) == 0
    assert load(mac, "idle", "echo x >>/Users/lab/idle") == 0
    until(mac, "[ -e ill ] && [ $(wc -l <ill) -ge 3 ]")
    until(mac, "launchctl print gui/501/once | grep -q 'last exit code = 7'")
    assert mac.ssh("launchctl bootout gui/501/always").returncode == 0
    assert not (mac.home / "idle").exists()
    assert (mac.home / "once").read_text() == "x\n"
    assert told(mac, "ill")["last exit code"] == "0"
    assert "pid" not in told(mac, "ill")


def test_throttled_it_waits_from_start_to_start(mac: SimulatedMac) -> None:
    assert load(mac, "slow", "echo x >>/Users/lab/slow; exit 1", KeepAlive=True, ThrottleInterval=3600) == 0
    until(mac, "launchctl print gui/501/slow | grep -q 'last exit code = 1'")
    time.sleep(0.5)
    assert (mac.home / "slow").read_text() == "x\n"
    assert mac.ssh("launchctl bootout gui/501/slow").returncode == 0
    until(mac, "! launchctl print gui/501/slow >/dev/null 2>&1")


def test_it_has_its_environment_its_log_and_its_folder(mac: SimulatedMac) -> None:
    log = "/Users/lab/Library/Logs/told.log"
    keys = {"StandardOutPath": log, "StandardErrorPath": log, "WorkingDirectory": "/tmp", "Umask": 0o077}
    script = 'echo "$PATH|$A|$(pwd)|$(umask)"; echo err >&2'
    assert load(mac, "told", script, RunAtLoad=True, EnvironmentVariables={"A": "b c"}, **keys) == 0
    until(mac, f"grep -q err {log}")
    said = (mac.home / "Library/Logs/told.log").read_text().splitlines()
    assert said == ["/usr/bin:/bin:/usr/sbin:/sbin|b c|/private/tmp|0077", "err"] or said[0].split("|")[1] == "b c"
    assert said[0].endswith("|0077")


def test_bootout_ends_the_program_and_what_it_started_and_answers_before(mac: SimulatedMac) -> None:
    script = "sleep 4000 & trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done"
    assert load(mac, "held", script, KeepAlive=True, ExitTimeOut=20) == 0
    until(mac, "launchctl print gui/501/held | grep -q 'pid = '")
    until(mac, "ps -axo command= | grep -q '[s]leep 4000'")
    assert mac.ssh("launchctl bootout gui/501/held; launchctl print gui/501/held").returncode == 0, "it is still there"
    assert load(mac, "held", "true") == 5, "and cannot be loaded beside itself"
    until(mac, "! launchctl print gui/501/held >/dev/null 2>&1")
    assert "sleep 4000" not in mac.ssh("ps -axo command=").stdout


def test_one_that_does_not_heed_is_killed_in_time(mac: SimulatedMac) -> None:
    assert load(mac, "deaf", "trap '' TERM; while :; do sleep 0.1; done", RunAtLoad=True, ExitTimeOut=1) == 0
    until(mac, "launchctl print gui/501/deaf | grep -q 'pid = '")
    assert mac.ssh("launchctl bootout gui/501/deaf").returncode == 0
    until(mac, "! launchctl print gui/501/deaf >/dev/null 2>&1")


def test_what_cannot_start_ends_with_78_and_what_is_not_known_is_refused(mac: SimulatedMac) -> None:
    nowhere = {"ProgramArguments": ["/nowhere"], "RunAtLoad": True}
    assert load(mac, "none", "", **nowhere) == 0
    until(mac, "launchctl print gui/501/none | grep -q '78: EX_CONFIG'")
    assert load(mac, "unknown", "true", KeepAlive={"NetworkState": True}) == 5


def test_killed_from_outside_its_signal_is_told(mac: SimulatedMac) -> None:
    assert load(mac, "shot", "exec sleep 4001", RunAtLoad=True) == 0
    until(mac, "launchctl print gui/501/shot | grep -q 'pid = '")
    assert mac.ssh("pkill -9 -f '[s]leep 4001'").returncode == 0
    until(mac, "launchctl print gui/501/shot | grep -q 'last terminating signal = Killed: 9'")
