"""The Podman machine as podman on the Mac tells of it."""

from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify import wish as wished
from carbon_fleet.verify.answers import document

pytestmark = [pytest.mark.podman, pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")]


@pytest.fixture(scope="module")
def listed(mac: Host, wish: Mac) -> dict[str, Any]:
    """The machine's entry in `podman machine list`; sizes there are strings of bytes."""
    said = mac.run("podman machine list --format json", deadline=15)
    name = wished.machine(wish).name
    found = [entry for entry in document(said) if entry["Name"].removesuffix("*") == name]
    assert found, f"podman knows no machine {name} here"
    entry: dict[str, Any] = found[0]
    return entry


@pytest.fixture(scope="module")
def inspected(mac: Host, wish: Mac) -> dict[str, Any]:
    """What `podman machine inspect` says of it; memory there is MiB, disk GiB."""
    name = wished.machine(wish).name
    entry: dict[str, Any] = document(mac.run("podman machine inspect %s", name, deadline=15))[0]
    return entry


def test_machine_has_the_provider(listed: dict[str, Any], wish: Mac) -> None:
    wanted = wished.provider(wish).name
    assert listed["VMType"] == wanted, f"the machine's provider is {listed['VMType']}, not {wanted}"


def test_machine_runs(listed: dict[str, Any], wish: Mac) -> None:
    state = "starting" if listed["Starting"] else "stopped"
    assert listed["Running"], f"the machine {wished.machine(wish).name} is {state}"
    assert not listed["Starting"], f"the machine {wished.machine(wish).name} is stuck in starting"


def test_machine_cpus(inspected: dict[str, Any], wish: Mac) -> None:
    found, wanted = inspected["Resources"]["CPUs"], wished.machine(wish).cpus
    assert found == wanted, f"the machine has {found} CPUs; the lab wants {wanted}"


def test_machine_memory(inspected: dict[str, Any], wish: Mac) -> None:
    found, wanted = inspected["Resources"]["Memory"], wished.machine(wish).memory
    assert found == wanted.mib, f"the machine has {found} MiB of memory; the lab wants {wanted}"


def test_machine_disk(inspected: dict[str, Any], wish: Mac) -> None:
    found, wanted = inspected["Resources"]["DiskSize"], wished.machine(wish).disk
    assert found == wanted.gib, f"the machine's disk is {found} GiB; the lab wants {wanted}"


def test_machine_rootful(inspected: dict[str, Any], wish: Mac) -> None:
    found, wanted = inspected["Rootful"], wished.machine(wish).rootful
    assert found == wanted, f"rootful is {str(found).lower()}; the lab wants {str(wanted).lower()}"


def test_machine_connections(mac: Host, wish: Mac) -> None:
    name = wished.machine(wish).name
    said = mac.run("podman system connection list --format json", deadline=15)
    names = {entry["Name"].removesuffix("*") for entry in document(said)}
    missing = sorted({name, f"{name}-root"} - names)
    assert not missing, f"podman lacks the connection {' and '.join(missing)}: podman 6 starts no machine without"
