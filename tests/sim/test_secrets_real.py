"""Secrets in a real VM: real podman hands them to containers, and nobody else sees them."""

import base64
import json
import subprocess
import sys

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import commands, fleet, guest, lab_file
from tests.sim.secret_lab import FOLDER, VARIABLE, Watch, files_with, shown, wishes

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(900)]
CANARY = "canary-9c2e it's given"


def in_guest(lab: SimulatedLab, command: str) -> str:
    ran = guest(lab, "mac-01", command)
    assert ran.returncode == 0, ran
    return str(ran.stdout)


def containers(lab: SimulatedLab) -> dict[str, str]:
    return {one["Names"][0]: one["Id"] for one in json.loads(in_guest(lab, "podman ps --format json"))}


def given_to(lab: SimulatedLab) -> tuple[str, str]:
    """What the container has: in its variable, and in its file."""
    said = in_guest(lab, 'podman exec shop-web sh -c "printenv WEB_TOKEN; cat /run/secrets/given"')
    token, _, file = said.partition("\n")
    return token, file


def test_from_nothing_to_containers_and_nowhere_else(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, CANARY)
    with SimulatedLab.up(macs=1, vm="real", state=tmp_path_factory.mktemp("lab")) as lab:
        file = lab_file(lab, **wishes())
        said = _applied(file)
        assert given_to(lab) == (shown(lab, "web-token"), CANARY)
        assert commands(fleet("apply", file, expect=0)) == []
        _rotated(lab, file)
        _nowhere_else(lab, said)
        _dropped(lab)


def _applied(file: str) -> str:
    """The first apply, watched; what it said."""
    watch = Watch([CANARY, base64.b64encode(CANARY.encode()).decode()])
    with watch.running():
        command = [sys.executable, "-m", "carbon_fleet", "apply", "--yes", file]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert watch.looks > 10
    assert watch.found == set()
    return ran.stdout + ran.stderr


def _rotated(lab: SimulatedLab, file: str) -> None:
    before, old = containers(lab), shown(lab, "web-token")
    fleet("secret", "rotate", file, "mac-01", "web-token", expect=0)
    new = shown(lab, "web-token")
    assert new != old
    assert given_to(lab) == (new, CANARY)
    assert {name for name, one in containers(lab).items() if before[name] != one} == {"shop-web"}
    assert commands(fleet("apply", file, expect=0)) == []


def _nowhere_else(lab: SimulatedLab, said: str) -> None:
    words = [CANARY, *(shown(lab, name) for name in ("web-token", "other-token"))]
    words += [base64.b64encode(word.encode()).decode() for word in words]
    shows = [
        "podman inspect $(podman ps -aq)",
        "podman secret inspect $(podman secret ls -q)",
        "systemctl cat 'carbon-fleet-*'",
        "journalctl --no-pager --output=export",
        "cat /etc/containers/systemd/* /var/lib/carbon-fleet/secrets/*; cat /var/lib/carbon-fleet/stacks/*/*/*",
        "ls -laR /run/ | grep carbon",
    ]
    said += "".join(guest(lab, "mac-01", command).stdout for command in shows)
    assert "carbon-fleet-given" in said
    assert [word for word in words if word in said] == []
    own = {f"{FOLDER}/{name}" for name in ("given", "web-token", "other-token")}
    elsewhere = {path for path in files_with(words, lab.file.parent) if not path.endswith(tuple(own))}
    # What podman itself keeps is root's in the machine: its store, the files it mounts, and what the runtime is told.
    podmans = ("/secrets/filedriver/secretsdata.json", "/userdata/secrets/carbon-fleet-given", "/userdata/config.json")
    assert {path for path in elsewhere if not path.endswith(podmans)} == set()
    store = "/var/lib/containers/storage"
    assert in_guest(lab, f"stat -c %a%U {store}/overlay-containers {store}/secrets").split() == ["700root", "700root"]


def _dropped(lab: SimulatedLab) -> None:
    """With its stacks gone a machine has no secret left, and the Mac still has."""
    file = lab_file(lab, **{**wishes(), "stacks": []})
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []
    assert in_guest(lab, "podman secret ls -q; ls /var/lib/carbon-fleet/secrets").strip() == ""
    assert shown(lab, "given") == CANARY
