"""What a look tells of a runtime that no stack of a Mac names, for real, under every kind of sh."""

import json
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import applied as record
from carbon_fleet.snapshot import Section, Snapshot
from operations import apple_container, docker, native
from operations.apple_container.seen import AppleSeen
from operations.docker.seen import DockerSeen
from operations.native.seen import NativeSeen
from tests.unit.operations.docker_world import a_mac
from tests.unit.operations.run_section import SHELLS, program, run_section
from tests.unit.operations.test_leftovers import elsewhere

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
OURS = {
    "docker": ".config/carbon-fleet/docker/cli/config.json",
    "apple_container": "Library/LaunchAgents/io.carbon-fleet.container.shop-web.plist",
    "native": ".local/share/carbon-fleet/native/shop/data/page",
}
"""What of each is enough to be asked for."""
FOUND = ".local/state/carbon-fleet/found-x.json"
ENGINES = {"docker": ("app",), "apple_container": ("cli",)}
"""What the journal says of how it was: `destroy` has settings, or all of it, to give back."""


def look(shell: tuple[str, ...], resource: Any, home: Path) -> Section:
    """One section of a Mac whose lab file names nothing of the resource; launchctl and docker note that they ran."""
    (home / "bin").mkdir(exist_ok=True)
    for name in ("launchctl", "container"):
        program(home / "bin", name, 'echo "$0" >>"$HOME/asked"; exit 113')
    mac = elsewhere(a_mac())
    variables = resource.RESOURCE.asks(resource.RESOURCE.wanted(), mac)
    return run_section(shell, resource.RESOURCE.name, variables, home=home, programs=home / "bin")


@each_shell
@pytest.mark.parametrize(
    ("resource", "empty"), [(docker, DockerSeen()), (apple_container, AppleSeen()), (native, NativeSeen())]
)
def test_where_nothing_of_ours_is_nobody_is_asked(
    shell: tuple[str, ...], resource: Any, empty: Any, tmp_path: Path
) -> None:
    section = look(shell, resource, tmp_path)
    assert (dict(section.facts), dict(section.blocks)) == ({"none": ("yes",)}, {})
    assert resource.RESOURCE.read(section) == empty
    assert not (tmp_path / "asked").exists()


@each_shell
@pytest.mark.parametrize("resource", [docker, apple_container, native])
def test_what_is_ours_or_noted_is_enough_to_be_asked_for(shell: tuple[str, ...], resource: Any, tmp_path: Path) -> None:
    name = resource.RESOURCE.name
    for home, path, text in (
        (tmp_path / "ours", OURS[name], ""),
        (tmp_path / "noted", ".local/state/carbon-fleet/applied-x.json", f'{{"{name}.stack.shop.web": "0"}}'),
        *((tmp_path / "found", FOUND, f'{{"{name}.{one}": true}}') for one in ENGINES.get(name, ())),
    ):
        (home / path).parent.mkdir(parents=True)
        (home / path).write_text(text)
        assert look(shell, resource, home).get("none") is None


@each_shell
def test_the_record_tells_what_other_labs_have_applied_here(shell: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / ".local/state/carbon-fleet"
    folder.mkdir(parents=True)
    parts = ("docker.stack.shop.web", "environment.ml", "docker", "stack.a.b", "apple_container.stack.s.w")
    for lab in ("ours", "site"):
        (folder / f"applied-{lab}.json").write_text(json.dumps({"parts": dict.fromkeys(parts, "0")}))
    program(tmp_path, "sw_vers", "echo ProductVersion: 26.1")
    variables = {"CF_RECORD_LAB": "ours", "CF_RECORD_PLACES": ""}
    section = run_section(shell, "record", variables, home=tmp_path, programs=tmp_path)
    told = record.others(Snapshot("m", {"record": section}))
    assert told == dict.fromkeys(("docker.stack.shop.web", "environment.ml", "apple_container.stack.s.w"), "site")
