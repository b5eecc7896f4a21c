"""The LaunchAgents at work on a simulated Mac: its launchctl really starts their programs."""

import json
import time
from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import commands, fleet, lab_file

pytestmark = [pytest.mark.sim]
TMP = 'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)" PATH="/opt/homebrew/bin:$PATH";'
STATE = f"{TMP} podman machine inspect carbon --format '{{{{.State}}}}'"
KICK = "launchctl kickstart gui/501/io.carbon-fleet.{}"
REPORT = ".local/state/carbon-fleet/{}.json"
FLEET = '#!/bin/sh\nprintf \'{"words": "%s", "path": "%s"}\' "$*" "$PATH"\nexit 2\n'
OURS = {"splay": "0s", "program": "/Users/lab/fleet"}
PULL = {**OURS, "url": "https://git.example/lab.git", "signers": "/etc/hosts", "window": "22:00-05:00"}
AGENT = {"autostart": "login", "drift": {**OURS, "lab": "/etc/hosts"}, "pull": PULL}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        (running.mac("mac-01").home / "fleet").write_text(FLEET)
        (running.mac("mac-01").home / "fleet").chmod(0o755)
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    return lab_file(lab, stacks=[], agent=AGENT)


def until(mac: SimulatedMac, command: str, said: str) -> str:
    for _ in range(60):
        found = mac.ssh(command).stdout.strip()
        if found == said:
            break
        time.sleep(0.5)
    return found


def test_with_nobody_at_the_screen_the_file_waits_for_the_login(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac("mac-01")
    mac.break_("nobody-at-the-screen")
    report = fleet("apply", file, expect=0)
    assert [notice["code"] for notice in report["macs"][0]["notices"]] == ["AGENT_AFTER_LOGIN"]
    assert commands(fleet("apply", file, expect=0)) == []
    mac.mend()
    changes = fleet("apply", file, expect=0)["macs"][0]["changes"]
    assert [(one["address"], one["attributes"][0]["name"]) for one in changes] == [
        ("agent.autostart", "loaded"),
        ("agent.drift", "loaded"),
        ("agent.pull", "loaded"),
    ]


def test_the_login_starts_the_machine_and_it_outlives_its_agent(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac("mac-01")
    assert until(mac, "launchctl list | awk '/autostart/ { print $1 $2 }'", "-0") == "-0", "it ran once when loaded"
    assert mac.ssh(f"{TMP} podman machine stop carbon").returncode == 0
    assert mac.ssh(KICK.format("autostart")).returncode == 0
    assert until(mac, STATE, "running") == "running"
    done = "launchctl print gui/501/io.carbon-fleet.autostart | grep -c 'last exit code = 0'"
    assert until(mac, done, "1") == "1"
    assert mac.ssh(STATE).stdout.strip() == "running"
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []


WHERE = "--from https://git.example/lab.git --signers /etc/hosts --file lab.yml --branch main"
WORDS = {
    "drift": "drift /etc/hosts --limit mac-01 --json --quiet",
    "pull": f"agent pull {WHERE} --mac mac-01 --window 22:00-05:00 --json --quiet",
}


@pytest.mark.parametrize("name", WORDS)
def test_what_runs_at_intervals_leaves_its_report(lab: SimulatedLab, file: str, name: str) -> None:
    mac, report = lab.mac("mac-01"), REPORT.format(name)
    assert mac.ssh(KICK.format(name)).returncode == 0
    assert until(mac, f"ls {report}", report) == report
    said = json.loads(mac.ssh(f"cat {report}").stdout)
    assert said["words"] == WORDS[name]
    assert said["path"].startswith("/opt/homebrew/bin:")


def test_at_boot_the_machine_starts_by_a_daemon_that_an_administrator_allows(lab: SimulatedLab) -> None:
    mac, boot = lab.mac("mac-01"), lab_file(lab, stacks=[], agent={"autostart": "boot"})
    (failure,) = fleet("apply", boot, expect=4)["macs"][0]["failures"]
    assert failure["code"] == "AGENT_NEEDS_ADMIN"
    assert "sudo install -o root -g wheel -m 0644 '/Users/lab/.local/state/carbon-fleet/" in failure["what"]
    facts = mac.shared / "facts"
    facts.write_text(facts.read_text().replace("SUDO_ALLOWED='pmset'", "SUDO_ALLOWED='pmset install launchctl rm'"))
    changes = fleet("apply", boot, expect=0)["macs"][0]["changes"]
    assert [(one["address"], one["action"]) for one in changes] == [("agent.boot", "create")]
    assert commands(fleet("apply", boot, expect=0)) == []
    assert mac.ssh(f"{TMP} podman machine stop carbon").returncode == 0
    mac.break_("nobody-at-the-screen")
    assert mac.ssh("sudo -n launchctl kickstart system/io.carbon-fleet.boot").returncode == 0
    assert until(mac, STATE, "running") == "running", "whoever is logged in"
    fleet("verify", boot, "--tier", "mac", expect=0)
    mac.mend()
    assert mac.ssh("sudo -n launchctl bootout system/io.carbon-fleet.boot").returncode == 0
    drift = fleet("drift", boot, expect=2)["macs"][0]["changes"]
    assert [(one["address"], one["attributes"][0]["name"]) for one in drift] == [("agent.boot", "loaded")]
    fleet("apply", boot, expect=0)
    assert not (mac.home / ".local/state/carbon-fleet/io.carbon-fleet.boot.plist").exists()


def test_what_is_no_longer_wished_is_taken_away(lab: SimulatedLab) -> None:
    without = lab_file(lab, stacks=[])
    changes = fleet("apply", without, expect=0)["macs"][0]["changes"]
    assert [(one["address"], one["action"]) for one in changes] == [("agent.boot", "delete")]
    left = lab.mac("mac-01").ssh("launchctl list; ls Library/LaunchAgents /Library/LaunchDaemons").stdout
    assert left.replace("\n", " ").split() == [
        "PID",
        "Status",
        "Label",
        "/Library/LaunchDaemons:",
        "Library/LaunchAgents:",
    ]
    assert commands(fleet("apply", without, expect=0)) == []
