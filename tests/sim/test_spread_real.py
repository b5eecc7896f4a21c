"""One Mac builds, another gets the image: real podman on both, over real ssh, with what can go wrong on the way."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet import assets
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from tests.sim.runs import guest
from tests.unit.operations.made_images import forget, make_project

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(600)]
MB = 1_000_000
FILES = {
    "images/top/Containerfile": (
        "ARG BASE\nFROM ${BASE}\nARG WORD=one\n"
        "RUN dd if=/dev/urandom of=/big bs=1M count=32 status=none && echo ${WORD} >/word\n"
        "RUN dd if=/dev/urandom of=/small bs=1k count=64 status=none\n"
    ),
    "images/top/image.yml": 'description: Large enough to interrupt.\nargs: {BASE: none, WORD: "one"}\n',
}
SPREAD = "/var/lib/carbon-fleet/spread"


class Fleet:
    """Two Macs with running machines; the first builds for the second."""

    def __init__(self, lab: SimulatedLab, project: Path) -> None:
        self.lab, self.project = lab, project
        services = json.loads((lab.state.directory / "services" / "services.json").read_text())
        self.base = services["base_reference"]

    def file(self, word: str, **defaults: Any) -> str:
        """A lab file that wishes the image with another `word`, and so another image."""
        document = yaml.safe_load(self.lab.file.read_text())
        images = {"top": {"args": {"BASE": self.base, "WORD": word}}}
        document["defaults"] |= {"stacks": [], "images": images, "build_on": "mac-01", **defaults}
        path = self.lab.file.with_name(f"{word}.yml")
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return str(path)

    def run(self, file: str, *suffering: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tests.sim.spread_apply", file, str(self.project), *suffering]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def apply(self, file: str, *suffering: str, expect: int = 0) -> dict[str, Any]:
        """The Macs' parts of the Report, by name."""
        ran = self.run(file, *suffering)
        assert ran.returncode == expect, f"{ran.returncode}: {ran.stdout[-4000:]}\n{ran.stderr[-3000:]}"
        return {mac["mac"]: mac for mac in json.loads(ran.stdout)["macs"]}

    def inside(self, mac: str, command: str) -> str:
        done = guest(self.lab, mac, command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def both(self) -> list[str]:
        """Each Mac's image `top`: its id and the digest of its manifest."""
        line = "podman images --no-trunc --format '{{.ID}} {{.Digest}}' localhost/carbon-fleet/top"
        return [self.inside(mac, line) for mac in ("mac-01", "mac-02")]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    place = tmp_path_factory.mktemp("spread")
    deploy = assets.root() / "deploy.py"
    patch = pytest.MonkeyPatch()
    try:
        project = make_project(patch, place / "project", FILES)
        shutil.copy(deploy, project)
    finally:
        patch.undo()
        forget()
    with SimulatedLab.up(macs=2, vm="real", state=place / "labs") as lab:
        made = Fleet(lab, project)
        made.apply(made.file("bare", images={}))
        made.inside("mac-02", f"podman pull -q {made.base}")
        yield made


def spread(report: dict[str, Any]) -> dict[str, Any]:
    (entry,) = report["mac-02"]["measured"]["spread"]
    return dict(entry)


def test_one_builds_both_have_it_and_a_second_run_is_empty(fleet: Fleet) -> None:
    file = fleet.file("one")
    made = fleet.apply(file)
    first, second = fleet.both()
    assert first == second
    entry = spread(made)
    assert 33 * MB < entry["moved_bytes"] < 40 * MB
    assert entry["skipped_blobs"] == 1, "the base's layer is there"
    assert (entry["kept_bytes"] > 120 * MB, entry["build_seconds"] is not None) == (True, True)
    assert [result["command"].split()[0] for result in made["mac-02"]["results"]] == ["bring"]
    again = fleet.apply(file)
    assert [(mac["outcome"], mac["execs"], mac["results"]) for mac in again.values()] == [("converged", 1, [])] * 2
    assert fleet.inside("mac-02", f"podman run --rm --network none {second.split()[0]} cat /word") == "one"


def test_killed_on_the_way_it_goes_on_from_there(fleet: Fleet) -> None:
    file = fleet.file("two")
    assert fleet.run(file, "die", str(20 * MB)).returncode == -signal.SIGKILL
    assert spread(fleet.apply(file))["moved_bytes"] < 28 * MB
    first, second = fleet.both()
    assert first == second


def test_a_cut_connection_is_mended_within_the_run(fleet: Fleet) -> None:
    made = fleet.apply(fleet.file("three"), "cut", str(20 * MB))
    assert spread(made)["moved_bytes"] < 45 * MB, "what had come was sent again"
    assert {mac["outcome"] for mac in made.values()} == {"changed"}
    first, second = fleet.both()
    assert first == second
    for mac in ("mac-01", "mac-02"):
        assert fleet.inside(mac, f"find {SPREAD} -type f | wc -l") == "0"


def test_what_is_damaged_on_the_way_is_not_taken(fleet: Fleet) -> None:
    """Half a blob of zeros, as a power cut may leave it: found out at its end, thrown away, and brought whole."""
    file = fleet.file("four")
    assert fleet.run(file, "die", str(20 * MB)).returncode == -signal.SIGKILL
    fleet.inside("mac-02", f"for p in {SPREAD}/in/*.part; do truncate -s 0 $p; truncate -s 9M $p; done")
    made = fleet.apply(file)
    assert spread(made)["moved_bytes"] > 50 * MB
    first, second = fleet.both()
    assert first == second


def test_a_tag_that_is_lost_comes_back_without_a_byte(fleet: Fleet) -> None:
    file = fleet.file("four")
    line = "podman images -q localhost/carbon-fleet/top"
    image = fleet.inside("mac-02", line)
    fleet.inside("mac-02", f"podman untag {image}")
    assert spread(fleet.apply(file))["moved_bytes"] == 0
    assert fleet.inside("mac-02", line) == image


def test_a_builder_that_is_down_is_the_only_trouble_and_named(fleet: Fleet) -> None:
    path = Path(fleet.file("five"))
    document = yaml.safe_load(path.read_text())
    document["macs"]["mac-01"]["port"] = free_port()
    path.write_text(yaml.safe_dump(document))
    made = fleet.apply(str(path), expect=4)
    assert made["mac-01"]["outcome"] == "unreachable"
    (failure,) = made["mac-02"]["failures"]
    assert (failure["code"], failure["address"]) == ("BUILDER_UNREACHABLE", "image.top")
    assert "mac-01" in failure["what"]
