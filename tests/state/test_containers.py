"""Images and containers, as podman and systemd in the virtual machine tell of them."""

from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.verify.answers import document
from carbon_fleet.verify.wish import INPUTS_LABEL, Recipe, Unit, normal

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
LOG = "see `podman logs NAME` and `journalctl -u UNIT`, then `carbon-fleet apply {lab} --limit {mac}`"


def test_image_is_current(vm: Host, recipe: Recipe) -> None:
    image = _inspect(vm, "image", recipe.tag)
    labels = image.get("Labels") or image.get("Config", {}).get("Labels") or {}
    if recipe.pull is not None:
        digests = image.get("RepoDigests") or []
        wished = recipe.pull.partition("@")[2]
        assert any(digest.endswith(wished) for digest in digests), f"{recipe.tag} is not {recipe.pull}, but {digests}"
        return
    found = labels.get(INPUTS_LABEL)
    assert found == recipe.digest, f"{recipe.tag} was made from {found or 'nothing we know'}, not from {recipe.digest}"


@pytest.mark.remedy(LOG)
def test_unit_is_active(vm: Host, unit: Unit) -> None:
    state = vm.run("systemctl is-active %s", unit.service).stdout.strip() or "unknown to systemd"
    assert state == "active", f"{unit.service} is {state}"


@pytest.mark.remedy(LOG)
def test_container_runs(vm: Host, unit: Unit) -> None:
    state = _inspect(vm, "container", unit.container_name)["State"]
    assert state["Status"] == "running", f"the container {unit.container_name} is {state['Status']}"


@pytest.mark.remedy(LOG)
def test_container_is_healthy(vm: Host, healthy_unit: Unit) -> None:
    state = _inspect(vm, "container", healthy_unit.container_name)["State"]
    # podman before 4.0 called it Healthcheck.
    health = (state.get("Health") or state.get("Healthcheck") or {}).get("Status") or "never asked"
    assert health == "healthy", f"the container {healthy_unit.container_name} is {health}"


def test_container_has_the_wished_image(vm: Host, own_image_unit: Unit) -> None:
    container = _inspect(vm, "container", own_image_unit.container_name)
    image = _inspect(vm, "image", str(own_image_unit.image))
    assert container["Image"] == image["Id"], (
        f"{own_image_unit.container_name} runs {container['ImageName']}, not {own_image_unit.image} as it is now"
    )


def test_container_has_the_wished_reference(vm: Host, foreign_image_unit: Unit) -> None:
    found, wanted = (
        _inspect(vm, "container", foreign_image_unit.container_name)["ImageName"],
        foreign_image_unit.container.image,
    )
    assert normal(found) == normal(wanted), f"{foreign_image_unit.container_name} runs {found}, not {wanted}"


def test_container_has_the_render_node(container: Callable[[str], Host], gpu_unit: Unit) -> None:
    inside = container(gpu_unit.container_name)
    assert inside.run("test -c /dev/dri/renderD128").rc == 0, (
        f"there is no /dev/dri/renderD128 in {gpu_unit.container_name}"
    )


def _inspect(vm: Host, kind: str, name: str) -> dict[str, Any]:
    said = vm.run("podman inspect --type %s %s", kind, name)
    missing = any(words in said.stderr.lower() for words in ("no such", "not known"))
    assert not missing, f"there is no {kind} {name}"
    found: dict[str, Any] = document(said)[0]
    return found
