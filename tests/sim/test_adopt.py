"""`adopt` reads Macs that people set up, and `plan` agrees; what Podman Desktop rewrites costs nothing of ours."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import starting
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.spec import load_lab
from tests.sim.runs import attributes, fleet

pytestmark = [pytest.mark.sim, pytest.mark.timeout(600)]
SAID = {"by-hand", "pkg", "podman-desktop", "slp-krunkit"}
"""Starting points that can be wished as they are: nothing is left to do."""
PODMAN = "/opt/homebrew/bin/podman"


def adopt(mac: SimulatedMac, *more: str) -> "subprocess.CompletedProcess[str]":
    at = ["--port", str(mac.address.port), "--key", str(mac.state.key), "--known-hosts", str(mac.state.known_hosts)]
    command = [sys.executable, "-m", "carbon_fleet", "adopt", f"lab@{mac.address.host}", *at, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def macs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SimulatedMac]]:
    """A Mac for each starting point."""
    names = starting.names()
    with SimulatedLab.up(macs=len(names), state=tmp_path_factory.mktemp("adopt")) as lab:
        for mac, name in zip(lab.macs, names, strict=True):
            mac.start_from(name)
        yield dict(zip(names, lab.macs, strict=True))


def calls(mac: SimulatedMac) -> list[list[str]]:
    return [json.loads(line)["argv"] for line in (mac.shared / "calls.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def files(macs: dict[str, SimulatedMac], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The lab file of each starting point; that a look is one look, and changes nothing, is seen on the way."""
    folder, found = tmp_path_factory.mktemp("files"), {}
    for start, mac in macs.items():
        before, found[start] = len(calls(mac)), folder / f"{start}.yml"
        ran = adopt(mac, "-o", str(found[start]))
        assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
        asked = [argv for argv in calls(mac)[before:] if argv[0].endswith("/podman") and "machine" in argv]
        assert len(asked) == (0 if start == "nothing" else 1), "one look, and in it one podman asked for its machine"
        assert not [argv for argv in calls(mac)[before:] if argv[0] == "brew"]
    return found


@pytest.fixture(scope="module")
def planned(files: dict[str, Path], macs: dict[str, SimulatedMac]) -> dict[str, dict[str, Any]]:
    """What plan says of each, its file put with the others into one lab of six Macs."""
    wishes = {macs[start].name: wish for start, file in files.items() for wish in macs_in(file).values()}
    together = next(iter(files.values())).with_name("together.yml")
    together.write_text(yaml.safe_dump({"lab": "together", "macs": wishes}))
    report = fleet("plan", str(together), expect=2)
    return {start: next(one for one in report["macs"] if one["mac"] == mac.name) for start, mac in macs.items()}


def macs_in(file: Path) -> dict[str, Any]:
    """A file as a person reads it: it must be valid."""
    load_lab(file, lab_sections())
    return dict(yaml.safe_load(file.read_text())["macs"])


@pytest.mark.parametrize("start", starting.names())
def test_plan_says_what_the_file_says(files: dict[str, Path], planned: dict[str, dict[str, Any]], start: str) -> None:
    changes = planned[start]["changes"]
    assert (changes == []) is (start in SAID)
    text = " ".join(line.removeprefix("#").strip() for line in files[start].read_text().splitlines())
    assert ("finds nothing to do" in text) is (start in SAID)
    for change in changes:
        assert f" {change['action']} {change['address']} (" in text
        assert change["reason"] in text
    assert ("runtime: podman-applehv" in text) is (start == "slp-krunkit")
    if start in ("pkg", "podman-desktop", "slp-krun", "slp-krunkit"):
        assert "that no stack made: lab-db" in text


def test_a_file_that_is_there_is_not_overwritten_unasked(macs: dict[str, SimulatedMac], tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_text("mine\n")
    ran = adopt(macs["by-hand"], "-o", str(file))
    assert (ran.returncode, file.read_text()) == (3, "mine\n")
    assert "--overwrite" in ran.stderr


def test_what_is_told_to_programs_is_one_document(macs: dict[str, SimulatedMac], tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_text("old\n")
    ran = adopt(macs["podman-desktop"], "--json", "--name", "desk", "--lab", "office", "-o", str(file), "--overwrite")
    found = json.loads(ran.stdout)
    assert file.read_text() == found["yaml"]
    assert (found["format_version"], found["mac"], found["lab"]) == (1, "desk", "office")
    assert (found["changes"], found["refusals"]) == ([], [])
    assert yaml.safe_load(found["yaml"])["macs"]["desk"]["machine"]["memory"] == "4GiB"
    assert "/Applications/Podman Desktop.app: it sees the same machines" in found["left"]


def test_a_machine_there_is_not_is_named_with_those_there_are(macs: dict[str, SimulatedMac]) -> None:
    ran = adopt(macs["pkg"], "--machine", "other")
    assert (ran.returncode, ran.stdout) == (64, "")
    assert ran.stderr.endswith("this Mac has no such Podman machine; it has podman-machine-default\n")


def guarded(adopted: Path, folder: Path, **more: object) -> Path:
    """An adopted Mac that is to have our drop-in after all."""
    document = yaml.safe_load(adopted.read_text())
    (wish,) = document["macs"].values()
    del wish["provider"]
    wish |= more
    file = folder / "lab.yml"
    file.write_text(yaml.safe_dump(document))
    return file


def test_podman_desktops_rewriting_loses_nothing_of_ours_and_flips_nothing(
    macs: dict[str, SimulatedMac], files: dict[str, Path], planned: object, tmp_path: Path
) -> None:
    mac, file = macs["by-hand"], guarded(files["by-hand"], tmp_path)
    report = fleet("apply", str(file), expect=0)
    assert {address for address, _ in attributes(report)} == {"provider.drop-in"}

    conf = mac.home / ".config/containers/containers.conf"
    assert {"engine", "farms", "machine"} <= tomllib.loads(conf.read_text()).keys()
    for fault, chosen in (("podman-desktop-rewrites", {}), ("podman-desktop-libkrun", {"provider": "libkrun"})):
        mac.break_(fault)
        written = tomllib.loads(conf.read_text())
        assert (written["engine"], written["machine"], "farms" in written) == ({"env": []}, chosen, False)
        assert "#" not in conf.read_text()
        said = mac.ssh(f"{PODMAN} machine info --format json").stdout
        assert json.loads(said)["Host"]["VMType"] == "libkrun"
        assert fleet("plan", str(file), expect=0)["macs"][0]["changes"] == []
        for provider in ("", "CONTAINERS_MACHINE_PROVIDER=libkrun "):
            listed = json.loads(mac.ssh(f"{provider}{PODMAN} machine list --format json").stdout)
            assert [(one["Name"], one["VMType"], one["Running"]) for one in listed] == [("gpu", "libkrun", True)]


def test_a_file_of_somebodys_stops_apply_before_anything_is_done(
    macs: dict[str, SimulatedMac], files: dict[str, Path], planned: object, tmp_path: Path
) -> None:
    mac = macs["podman-desktop"]
    file = guarded(files["podman-desktop"], tmp_path, guest={"files": {"/etc/motd.d/lab": {"content": "ours\n"}}})
    drop_in = mac.home / ".config/containers/containers.conf.d/50-carbon-fleet.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[engine]\nactive_service = 'theirs'\n")
    theirs = "mkdir -p /etc/motd.d && echo theirs >/etc/motd.d/lab"
    assert mac.ssh(f"{PODMAN} machine ssh --username root podman-machine-default '{theirs}'").returncode == 0
    (refusal,) = fleet("apply", str(file), expect=3)["macs"][0]["failures"]
    assert refusal["code"] == "FILES_NOT_OURS"
    assert str(drop_in).removeprefix(str(mac.root)) in refusal["what"]
    assert "/etc/motd.d/lab" in refusal["what"]

    for command in refusal["remedy"].partition("rename it: ")[2].split("; "):
        assert mac.ssh(f"PATH=/opt/homebrew/bin:$PATH; {command}").returncode == 0, command
    assert fleet("apply", str(file), expect=0)["macs"][0]["outcome"] == "changed"
    assert drop_in.with_name(f"{drop_in.name}.before-carbon-fleet").read_text().startswith("[engine]")
