"""Images brought in by digest with real podman: pushed to the lab's registry, pulled, tagged, drifted and replaced."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from carbon_fleet.engine.steps import converge_resource
from carbon_fleet.plan import Change
from carbon_fleet.sim import network
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices, Services
from carbon_fleet.sim.vm import VMSpec
from carbon_fleet.spec import Mac
from operations import image, stack
from operations.image.recipe import recipes
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack.wish import Stacks
from tests.sim.test_stacks_real import Machine
from tests.unit.operations.made_images import forget, make_project

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(300)]
BLOB = "dd if=/dev/urandom of=/big bs=1M count=64 status=none"
REGISTRIES = "/etc/containers/registries.conf.d/50-lab.conf"
FILES = {
    "images/top/Containerfile": f"ARG BASE\nFROM ${{BASE}}\nARG WORD=one\nRUN {BLOB} && echo ${{WORD}} >/word\n",
    "images/top/image.yml": 'description: Big enough to interrupt.\nargs: {BASE: none, WORD: "one"}\n',
}


class Puller(Machine):
    """A booted VM whose wish is images alone."""

    def converge(self, wish: dict[str, Any]) -> list[Change]:
        """Make the machine's images so; the Changes that were made."""
        images = Images.model_validate_json(json.dumps(wish))
        self.mac = Mac("m", sections={"images": images, "models": Models({}), "stacks": Stacks()})
        self.forget()
        made = []
        for resource in (image.RESOURCE, stack.RESOURCE):
            for change in converge_resource(resource, self.mac, self):
                for command in change.commands:
                    self.command(command)
                made.append(change)
        return made

    def publish(self, services: LabServices, word: str) -> str:
        """Build `top` by our own recipe and push it; its reference by digest.

        To where the registry is: podman asks registries.conf where an image comes from, not where it is to go.
        """
        self.converge({"top": {"args": {"BASE": services.base_reference, "WORD": word}}})
        (recipe,) = recipes(self.mac)
        target = f"{network.HOST_ADDRESS}:{services.registry_port}/carbon/top:{word}"
        push = f"podman push -q --digestfile /tmp/digest {recipe.tag} {target}"
        return f"docker.io/carbon/top@{self.run(f'{push} && cat /tmp/digest')}"

    def stored(self) -> list[str]:
        """The ids of all images, ours or not, named or not."""
        return sorted(set(self.run("podman images -aq --no-trunc").split()))


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Puller, LabServices]]:
    place = tmp_path_factory.mktemp("pull")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "key")], check=True)
    services = Services(place / "services")
    spec = VMSpec("pull", place / "vm", free_port(), (place / "key.pub").read_text(), 2, 2048, True, "applehv")
    running = services.start()
    vm = RealVM(spec, running)
    patch = pytest.MonkeyPatch()
    try:
        vm.boot()
        make_project(patch, place / "project", FILES)
        yield Puller(Mac("m"), spec, place / "key"), running
    finally:
        vm.stop(hard=True)
        services.stop()
        patch.undo()
        forget()


@pytest.fixture(scope="module")
def published(booted: tuple[Puller, LabServices]) -> tuple[Puller, str, str]:
    """A machine without any image, and two references it can bring in."""
    machine, services = booted
    references = machine.publish(services, "one"), machine.publish(services, "two")
    machine.run("podman rmi -af >/dev/null")
    assert machine.stored() == []
    return machine, *references


def _rows(made: list[Change]) -> list[tuple[str, str, list[str]]]:
    return [(change.address, change.action.value, [item.name for item in change.attributes]) for change in made]


def test_it_is_brought_in_once_and_drift_is_healed(published: tuple[Puller, str, str]) -> None:
    machine, first, _ = published
    wish = {"top": {"pull": first, "pull_timeout": "2m"}}
    assert _rows(machine.converge(wish)) == [("image.top", "create", ["pull", "tag"])]
    assert machine.converge(wish) == []
    (recipe,) = recipes(machine.mac)
    assert machine.run(f"podman run --rm --network none {recipe.tag} cat /word") == "one"
    machine.run(f"podman untag {recipe.tag} {recipe.tag}")
    assert [row[0] for row in _rows(machine.converge(wish))] == ["image.top"]
    machine.run(f"podman rmi -f {recipe.tag}; podman rmi -af")
    assert _rows(machine.converge(wish)) == [("image.top", "create", ["pull", "tag"])]
    assert machine.converge(wish) == []


def test_an_interrupted_pull_leaves_nothing_that_stops_the_next(published: tuple[Puller, str, str]) -> None:
    machine, first, _ = published
    machine.run("podman rmi -af >/dev/null")
    cut = machine.ssh(f"podman pull -q {first} & sleep 0.6; kill -9 $!; wait $!")
    assert cut.returncode == 137, "the pull was over before it could be interrupted"
    assert _rows(machine.converge({"top": {"pull": first}})) == [("image.top", "create", ["pull", "tag"])]
    assert machine.converge({"top": {"pull": first}}) == []


def test_another_digest_takes_its_place_and_the_old_image_leaves_the_disk(published: tuple[Puller, str, str]) -> None:
    machine, first, second = published
    machine.converge({"top": {"pull": first}})
    before = machine.stored()
    made = _rows(machine.converge({"top": {"pull": second}}))
    assert [row[1] for row in made] == ["update", "delete"]
    assert machine.converge({"top": {"pull": second}}) == []
    assert len(machine.stored()) == 1
    assert machine.stored() != before


def test_a_tag_on_another_image_is_put_back(published: tuple[Puller, str, str]) -> None:
    machine, first, second = published
    machine.converge({"top": {"pull": second}})
    (recipe,) = recipes(machine.mac)
    machine.run(f"podman pull -q {first} && podman tag {first} {recipe.tag}")
    assert ("image.top", "update", ["pull"]) in _rows(machine.converge({"top": {"pull": second}}))
    assert machine.converge({"top": {"pull": second}}) == []
    assert machine.run(f"podman run --rm --network none {recipe.tag} cat /word") == "two"


def test_an_image_that_is_not_ours_is_named_and_gets_no_tag(booted: tuple[Puller, LabServices]) -> None:
    machine, services = booted
    machine.run("podman rmi -af >/dev/null")
    reference = f"docker.io/library/debian@{services.base_digest}"
    with pytest.raises(AssertionError, match="carbon-fleet did not build it"):
        machine.converge({"top": {"pull": reference}})
    (recipe,) = recipes(machine.mac)
    assert machine.ssh(f"podman image exists {recipe.tag}").returncode == 1
    assert machine.ssh(f"podman image exists {reference}").returncode == 1, "what we fetched in vain stays on the disk"


def test_a_lost_tag_is_given_back_without_the_registry(published: tuple[Puller, str, str]) -> None:
    machine, first, _ = published
    machine.converge({"top": {"pull": first}})
    (recipe,) = recipes(machine.mac)
    machine.run(f"podman image rm {recipe.tag} && mv {REGISTRIES} {REGISTRIES}.away")
    try:
        assert _rows(machine.converge({"top": {"pull": first}})) == [("image.top", "create", ["pull", "tag"])]
    finally:
        machine.run(f"mv {REGISTRIES}.away {REGISTRIES}")
