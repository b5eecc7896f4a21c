"""From nothing to converged, once and once more, on a modelled Mac; and every attribute's drift seen and healed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import MORE, attributes, commands, fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
PODMAN = "/opt/homebrew/bin/podman"
BREW = "/opt/homebrew/bin/brew"
PMSET = "sudo -n /usr/bin/pmset"
DROP_IN = ".config/containers/containers.conf.d/50-carbon-fleet.conf"
UNITS = "/etc/containers/systemd"
AGENT = "Library/LaunchAgents/io.carbon-fleet.autostart.plist"
PULL = "Library/LaunchAgents/io.carbon-fleet.pull.plist"
LABEL = "gui/501/io.carbon-fleet.{}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    path = lab_file(lab, **MORE)
    report = fleet("apply", path, expect=0)
    assert report["macs"][0]["outcome"] == "changed"
    return path


def test_a_second_run_is_empty(file: str) -> None:
    report = fleet("apply", file, expect=0)
    assert commands(report) == []
    assert report["macs"][0]["changes"] == []
    assert report["macs"][0]["execs"] == 1, "a converged Mac costs one look"


def test_drift_of_a_converged_mac_is_one_exec_and_nothing(file: str) -> None:
    report = fleet("drift", file, expect=0)
    assert report["macs"][0]["outcome"] == "converged"
    assert report["macs"][0]["execs"] == 1


def test_a_user_of_pyinfra_sees_no_changes(file: str) -> None:
    import os
    import subprocess
    import sys

    env = {**os.environ, "CARBON_LAB": file}
    pyinfra = str(Path(sys.executable).with_name("pyinfra"))
    ran = subprocess.run(
        [pyinfra, "inventories/lab.py", "deploy.py", "--dry", "--json"],
        capture_output=True,
        text=True,
        env=env,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    import json

    plan = json.loads(ran.stdout)["plan"]
    assert len(plan) >= 7
    assert [operation["name"] for operation in plan if operation["hosts_with_change"]] == []


SET = f"{PODMAN} machine stop carbon && {PODMAN} machine set {{}} carbon && {PODMAN} machine start carbon"


@dataclass(frozen=True)
class Drift:
    """Something changed behind our back: how, and the address and attribute that must be named."""

    name: str
    do: Callable[[SimulatedLab], object]
    address: str
    attribute: str


def on_mac(command: str) -> Callable[[SimulatedLab], object]:
    """As a person in Terminal: there TMPDIR is the user's own, and podman keeps its sockets in it."""

    def do(lab: SimulatedLab) -> None:
        ran = lab.mac("mac-01").ssh(f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {command}')
        assert ran.returncode == 0, ran

    return do


def in_guest(command: str) -> Callable[[SimulatedLab], object]:
    def do(lab: SimulatedLab) -> None:
        ran = guest(lab, "mac-01", command)
        assert ran.returncode == 0, ran

    return do


UNIT = f"{UNITS}/carbon-fleet-vulkan-check-vulkan-check.container"
DRIFTS = [
    Drift("let the Mac sleep", on_mac(f"{PMSET} -c sleep 10"), "power.ac", "sleep"),
    Drift("let the display stay on", on_mac(f"{PMSET} -a displaysleep 0"), "power.ac", "display_sleep"),
    Drift("let the disks stay on", on_mac(f"{PMSET} -a disksleep 0"), "power.ac", "disk_sleep"),
    Drift("do not wake for the network", on_mac(f"{PMSET} -a womp 0"), "power.ac", "wake_on_lan"),
    Drift(
        "stay off after a power failure",
        on_mac(f"{PMSET} -a autorestart 0"),
        "power.ac",
        "restart_after_power_failure",
    ),
    Drift(
        "remove a formula",
        on_mac(f"{BREW} uninstall --ignore-dependencies krunkit"),
        "homebrew.formula.libkrun/krun/krunkit",
        "version",
    ),
    Drift("untrust the tap", on_mac(f"{BREW} untrust libkrun/krun"), "homebrew.trust.libkrun/krun", "trusted"),
    Drift("edit the drop-in", on_mac(f"echo '# mine' >>{DROP_IN}"), "provider.drop-in", "content"),
    Drift("remove the drop-in", on_mac(f"rm {DROP_IN}"), "provider.drop-in", "content"),
    Drift("open the drop-in to all", on_mac(f"chmod 666 {DROP_IN}"), "provider.drop-in", "mode"),
    Drift(
        "another folder for sockets",
        on_mac(f"sed -i '' s,/var/folders/.*/T/,/tmp/, {AGENT}"),
        "agent.autostart",
        "EnvironmentVariables.TMPDIR",
    ),
    Drift(
        "keep it alive",
        on_mac(f"sed -i '' s,AbandonProcessGroup,KeepAlive, {AGENT}"),
        "agent.autostart",
        "AbandonProcessGroup",
    ),
    Drift("open an agent to all", on_mac(f"chmod 666 {AGENT}"), "agent.autostart", "mode"),
    Drift("remove an agent's file", on_mac(f"rm {AGENT}"), "agent.autostart", "file"),
    Drift("unload an agent", on_mac(f"launchctl bootout {LABEL.format('drift')}"), "agent.drift", "loaded"),
    Drift("disable an agent", on_mac(f"launchctl disable {LABEL.format('drift')}"), "agent.drift", "disabled"),
    Drift(
        "pull from elsewhere",
        on_mac(f"sed -i '' s,git.example,git.elsewhere, {PULL}"),
        "agent.pull",
        "ProgramArguments",
    ),
    Drift("unload the agent that pulls", on_mac(f"launchctl bootout {LABEL.format('pull')}"), "agent.pull", "loaded"),
    Drift("stop the machine", on_mac(f"{PODMAN} machine stop carbon"), "machine.carbon", "state"),
    Drift("kill the machine", on_mac("pkill -9 krunkit"), "machine.carbon", "state"),
    Drift(
        "change memory",
        on_mac(SET.format("--memory 1024")),
        "machine.carbon",
        "memory",
    ),
    Drift(
        "change cpus",
        on_mac(SET.format("--cpus 1")),
        "machine.carbon",
        "cpus",
    ),
    Drift(
        "change rootful",
        on_mac(SET.format("--rootful=false")),
        "machine.carbon",
        "rootful",
    ),
    Drift(
        "remove a connection",
        on_mac(f"{PODMAN} system connection remove carbon-root"),
        "machine.connection.carbon-root",
        "uri",
    ),
    Drift(
        "change a guest file",
        in_guest("echo x >>/etc/motd.d/carbon.conf"),
        "guest.file./etc/motd.d/carbon.conf",
        "content",
    ),
    Drift(
        "change a guest file's mode",
        in_guest("chmod 600 /etc/motd.d/carbon.conf"),
        "guest.file./etc/motd.d/carbon.conf",
        "mode",
    ),
    Drift("stop a guest unit", in_guest("systemctl stop lab-note.service"), "guest.unit.lab-note.service", "active"),
    Drift(
        "disable a guest unit", in_guest("systemctl disable lab-note.service"), "guest.unit.lab-note.service", "enabled"
    ),
    Drift(
        "delete the image",
        in_guest("podman rmi -f $(podman images | awk '/vulkan-check/ { print $1 \":\" $2 }')"),
        "image.vulkan-check",
        "tag",
    ),
    Drift("edit a unit", in_guest(f"echo '# mine' >>{UNIT}"), "stack.vulkan-check.vulkan-check", "content"),
    Drift(
        "kill the container",
        in_guest("systemctl stop carbon-fleet-vulkan-check-vulkan-check.service"),
        "stack.vulkan-check.vulkan-check",
        "state",
    ),
]


APART = {"remove a formula", "stop the machine", "kill the machine", "change memory", "change cpus", "change rootful"}
"""What hides other differences, or takes the machine down: each by itself."""


def batches() -> list[list[Drift]]:
    """The others in as few runs as can be: no two of one batch on the same attribute of the same address or file."""
    found: list[list[Drift]] = [[drift] for drift in DRIFTS if drift.name in APART]
    together: list[list[Drift]] = []
    for drift in (drift for drift in DRIFTS if drift.name not in APART):
        apart = drift.address != "power.ac"
        fits = (batch for batch in together if not (apart and drift.address in {one.address for one in batch}))
        batch = next(fits, None)
        if batch is None:
            together.append(batch := [])
        batch.append(drift)
    return together + found


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: f"{batch[0].name}-and-{len(batch) - 1}")
def test_drift_is_named_and_healed(lab: SimulatedLab, file: str, batch: list[Drift]) -> None:
    for drift in batch:
        drift.do(lab)
    seen = attributes(fleet("drift", file, expect=2))
    assert {(drift.address, drift.attribute) for drift in batch} - seen == set()
    fleet("apply", file, expect=0)
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []
