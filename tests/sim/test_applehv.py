"""The runtime podman-applehv: the same machine by the other provider, without a GPU; and from one to the other."""

from collections.abc import Iterator
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import commands, fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
MAC = "mac-01"
WEB = {"image": "docker.io/library/nginx:1", "gpu": "venus", "volumes": ["pages:/usr/share/nginx/html"]}
STACKS: list[Any] = [{"name": "web", "gpu": "preferred", "containers": {"web": WEB}}]
SINCE = "cat $(podman volume inspect --format '{{.Mountpoint}}' pages)/since"
UNIT = "/etc/containers/systemd/carbon-fleet-web-web.container"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def file(lab: SimulatedLab, runtime: str) -> str:
    return lab_file(lab, runtime=runtime, stacks=STACKS, machine={"cpus": 2, "memory": "2GiB", "disk": "20GiB"})


def inside(lab: SimulatedLab, command: str) -> str:
    ran = guest(lab, MAC, command)
    assert ran.returncode == 0, ran
    return ran.stdout


def test_from_nothing_without_a_gpu_and_said_so(lab: SimulatedLab) -> None:
    wished = file(lab, "podman-applehv")
    fleet("apply", wished, expect=0)
    assert inside(lab, "cat /etc/podman-machine").strip() == "applehv"
    assert "AddDevice" not in inside(lab, f"cat {UNIT}"), "a stack that only prefers a GPU runs without"
    assert fleet("doctor", wished, expect=0)["macs"][0]["failures"] == [], "what is wished is no fault"


def test_another_runtime_is_another_machine_with_the_same_data(lab: SimulatedLab) -> None:
    inside(lab, "echo kept >$(podman volume inspect --format '{{.Mountpoint}}' pages)/since")
    for runtime, provider, before in (
        ("podman-libkrun", "libkrun", "applehv"),
        ("podman-applehv", "applehv", "libkrun"),
    ):
        done = fleet("apply", file(lab, runtime), "--allow-replace", MAC, expect=0)
        (change,) = [one for one in done["macs"][0]["changes"] if one["address"] == "machine.carbon"]
        assert [(one["name"], one["before"], one["after"]) for one in change["attributes"]] == [
            ("provider", before, provider)
        ]
        assert inside(lab, "cat /etc/podman-machine").strip() == provider
        assert inside(lab, SINCE).strip() == "kept"
        assert ("AddDevice=/dev/dri" in inside(lab, f"cat {UNIT}")) is (provider == "libkrun")
    wished = file(lab, "podman-applehv")
    assert commands(fleet("apply", wished, expect=0)) == []
    assert fleet("verify", wished, expect=0)["macs"][0]["tests"]["failed"] == 0


def test_the_machine_of_the_other_provider_comes_back(lab: SimulatedLab) -> None:
    kept = lab.mac(MAC).ssh("grep -lx libkrun ~/.local/state/carbon-fleet/replaced/carbon/*/machine/provider").stdout
    done = lab.mac(MAC).ssh(f"sh {kept.strip().removesuffix('machine/provider')}restore", timeout=300)
    assert done.returncode == 0, done
    assert inside(lab, "cat /etc/podman-machine").strip() == "libkrun"
    assert inside(lab, SINCE).strip() == "kept"
