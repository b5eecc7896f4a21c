"""What containers mount is never removed: podman itself would, without a word (test_stacks_real shows it)."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from carbon_fleet.plan import World
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac
from operations.image import RESOURCE, read
from operations.image.leftovers import leftovers
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack.wish import Stacks
from tests.unit.operations.run_section import SHELLS, program, run_section

IMAGE = f"{'ab' * 32}"
OLD = f"localhost/carbon-fleet/venus:{'1' * 16}"
PODMAN = """case "$*" in
images*) cat "$HOME/images" ;;
ps*) echo c1; echo c2 ;;
inspect*c1*c2*) cat "$HOME/mounts" ;;
*) exit 125 ;;
esac"""


def looked(shell: tuple[str, ...], home: Path, mounts: str | None, wanted: str = "") -> Snapshot:
    """A look at a machine with one old image of ours, and containers that have `mounts`; None: podman cannot say."""
    (home / "images").write_text(json.dumps([{"Id": IMAGE, "Names": [OLD], "Containers": 0}]))
    if mounts is not None:
        (home / "mounts").write_text(f"null\n[{mounts}]\n")
    program(home, "podman", PODMAN)
    section = run_section(shell, "image", {"CF_IMAGE_TAGS": wanted}, home=home, programs=home)
    return Snapshot("m", {"image": section}, guest=Guest.REACHED)


def gone(snapshot: Snapshot) -> list[str]:
    sections: dict[str, BaseModel] = {"images": Images({}), "models": Models({}), "stacks": Stacks(())}
    return [change.address for change in leftovers(World(Mac("m", sections=sections), snapshot))]


def mount(source: str, kind: str = "image") -> str:
    return json.dumps({"Type": kind, "Source": source, "Destination": "/opt/venus"})


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
@pytest.mark.parametrize(
    ("mounts", "removed"),
    [
        ("", True),
        (mount("docker.io/library/debian:bookworm"), True),
        (mount(OLD, "bind"), True),
        (mount(OLD), False),
        (mount(IMAGE), False),
        (mount(IMAGE[:12]), False),
        (None, False),
    ],
)
def test_what_a_container_mounts_stays(
    shell: tuple[str, ...], tmp_path: Path, mounts: str | None, removed: bool
) -> None:
    found = gone(looked(shell, tmp_path, mounts))
    assert found == ([f"image.venus:{'1' * 16}"] if removed else [])


def test_nobody_is_asked_while_all_of_ours_are_wished(tmp_path: Path) -> None:
    section = looked(SHELLS[0], tmp_path, None, wanted=f"x {OLD} y").section("image")
    assert "mounts" not in section.blocks
    assert not read(section)[0].mounted


def test_the_wished_tags_are_told() -> None:
    sections: dict[str, BaseModel] = {
        "images": Images.model_validate_json('{"venus": {}}'),
        "models": Models({}),
        "stacks": Stacks(()),
    }
    told = RESOURCE.question(Mac("m", sections=sections)).variables["CF_IMAGE_TAGS"]
    assert told.startswith("localhost/carbon-fleet/venus:")
