"""Containers that no stack made, as podman lists them, and the ports they have."""

import json
from typing import Any

import pytest

from carbon_fleet.plan import Refusal, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, read_snapshot
from operations.preflight import strangers
from tests.unit.operations.stack_world import TRANSCRIPTS, a_mac, one

PORT = {"host_ip": "", "container_port": 80, "host_port": 8080, "range": 1, "protocol": "tcp"}


def refusals(out: str, ports: tuple[str, ...] = ("8080:80",), guest: Guest = Guest.REACHED) -> list[Refusal]:
    section = Section("stack", blocks={"ps": Block("ps", 0, (out,))})
    world = World(a_mac(one(ports=list(ports))), Snapshot("m", {"stack": section}, guest))
    return [each for each in strangers.differences((), world) if isinstance(each, Refusal)]


def listed(*ports: dict[str, Any], **more: Any) -> str:
    return json.dumps([{"Names": ["mine"], "State": "running", "Labels": None, "Ports": list(ports), **more}])


def test_a_strangers_port_is_refused_by_name() -> None:
    (found,) = refusals(listed(PORT))
    assert (found.address, found.code) == ("preflight.port.8080", "PORT_TAKEN")
    assert found.what == "port 8080/tcp of this Mac is taken by the container `mine`, which no stack made"
    assert found.remedy == (
        "write `8081:80` for it in the lab file; or end that container, in the machine as root: `podman stop mine`"
    )


@pytest.mark.parametrize(
    ("port", "clash"),
    [
        ({"host_ip": "127.0.0.1"}, True),
        ({"host_ip": "10.0.0.11"}, False),
        ({"host_ip": "::"}, True),
        ({"host_ip": "::1"}, False),
        ({"host_port": 8078, "range": 3}, True),
        ({"host_port": 8078, "range": 2}, False),
        ({"protocol": "udp"}, False),
        ({"protocol": "tcp,udp"}, True),
    ],
)
def test_only_a_clash_is_one(port: dict[str, Any], clash: bool) -> None:
    assert len(refusals(listed({**PORT, **port}))) == clash


def test_ours_and_what_does_not_run_are_no_strangers() -> None:
    assert refusals(listed(PORT, Labels={"io.carbon-fleet.stack": "old"})) == []
    assert refusals(listed(PORT, State="exited")) == []
    assert refusals(listed(PORT, Ports=None)) == []
    assert refusals(listed(PORT), guest=Guest.STOPPED) == []


@pytest.mark.parametrize(
    "out", ["", "nonsense", "{}", '[{"Names": ["x"]}]', '[{"State": "running", "Ports": [1]}]', "[1]"]
)
def test_nonsense_is_the_stacks_to_report(out: str) -> None:
    assert refusals(out) == []


def test_what_a_real_podman_lists_is_understood() -> None:
    """Recorded with podman 5.4: a running container that publishes 127.0.0.1:18999, made nobody's here."""
    text = (TRANSCRIPTS / "podman-5.4-converged.txt").read_text().replace("io.carbon-fleet.stack", "somebody.stack")
    section = read_snapshot("m", text.splitlines()).section("stack")
    world = World(a_mac(one(ports=["18999:80"])), Snapshot("m", {"stack": section}, Guest.REACHED))
    (found,) = strangers.differences((), world)
    assert isinstance(found, Refusal)
    assert "taken by the container `trial-store`" in found.what
