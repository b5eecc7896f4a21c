"""Which of a Mac's volumes `carbon-fleet volume` means, and with what words it refuses."""

from typing import Any

import pytest

from carbon_fleet.engine.steps import Refused
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.volume_rows import PODMAN, Row, filled, in_use, refusal, sources, the_one
from tests.unit.operations import docker_world

DATA = Row("data", "shop", 0, "", "native")
THERE = (DATA, Row("data", "blog", 0, "", "native"), Row("notes", "", 0, "", PODMAN), Row("notes", "", 0, "", "docker"))


def a_mac(*runtimes: str) -> Mac:
    def stack(runtime: str) -> dict[str, Any]:
        return {
            "name": runtime,
            "runtime": runtime,
            "containers": {"web": {**docker_world.WEB, "volumes": [f"{runtime}:/d"]}},
        }

    return docker_world.a_mac(stacks=[stack(runtime) for runtime in runtimes])


@pytest.mark.parametrize(
    ("volume", "runtime", "code", "remedy"),
    [
        ("notes", None, "VOLUME_TWICE", "say which: --runtime docker"),
        ("data", None, "VOLUME_TWICE", "say which: shop/data"),
        ("data", "docker", "VOLUME_UNKNOWN", "name one of them"),
        ("none", None, "VOLUME_UNKNOWN", "name one of them"),
    ],
)
def test_what_is_not_one_is_refused(volume: str, runtime: str | None, code: str, remedy: str) -> None:
    with pytest.raises(Refused) as refused:
        the_one(THERE, volume, runtime)
    (found,) = refused.value.refusals
    assert (found.code, found.remedy) == (code, remedy)


def test_one_is_named_by_its_runtime_or_its_stack() -> None:
    assert the_one(THERE, "notes", "docker").runtime == "docker"
    assert the_one(THERE, "shop/data", None) == DATA
    assert filled(THERE, "shop/data", "native", a_mac("docker")) == DATA


def test_what_is_nowhere_yet_is_made_where_its_stack_runs() -> None:
    mac = a_mac("docker", "native", "apple-container", "podman-libkrun")
    made = [filled((), name, None, mac) for name in ("docker", "apple-container", "podman-libkrun", "other")]
    assert [row.runtime for row in made] == ["docker", "apple-container", PODMAN, "docker"]
    assert [row.stack for row in made] == ["docker", "apple-container", "podman-libkrun", ""]
    assert filled((), "docker", "apple-container", mac).runtime == "apple-container"
    with pytest.raises(Refused) as refused:
        filled((), "other", "native", mac)
    assert "a folder of its stack" in refused.value.refusals[0].why


def test_only_what_runs_stacks_is_asked_for_volumes() -> None:
    assert sources(a_mac("native")) == ("docker", "native")
    assert sources(a_mac("podman-libkrun", "apple-container")) == (PODMAN, "docker", "apple-container")


@pytest.mark.parametrize(
    ("runtime", "stops"),
    [
        (PODMAN, "systemctl stop the service"),
        ("docker", "docker stop web"),
        ("apple-container", "launchctl bootout gui/$(id -u)/io.carbon-fleet.container.web; container stop web"),
        ("native", "launchctl bootout gui/$(id -u)/io.carbon-fleet.native.web"),
    ],
)
def test_a_refusal_says_how_to_stop_what_uses_it(runtime: str, stops: str) -> None:
    row = Row("data", "shop", 0, "web,db", runtime)
    said = refusal(row, 71, ("the volume data is in use by web,db",))
    assert (said.code, stops in said.remedy) == ("VOLUME_IN_USE", True)
    assert refusal(row, 88, ()).code == "NO_ROOM"
    assert ("machine.disk" in refusal(row, 88, ()).remedy) is (runtime == PODMAN)
    assert refusal(row, 1, ("odd", "")).what == "odd"
    assert stops in in_use(row).remedy
