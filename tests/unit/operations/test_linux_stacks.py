"""Stacks of a Linux host: its own images, NVIDIA's devices by CDI, and what only a Mac can run is refused."""

import pytest

from carbon_fleet.mirror.wants import of
from carbon_fleet.plan.registry import resources_of
from carbon_fleet.spec import LabError
from operations.image.recipe import recipes
from operations.stack.quadlet import units
from operations.stack.wish import Stacks
from tests.unit.operations.linux_world import host, lab

CUDA = "[{name: cuda, containers: {job: {image: docker.io/library/debian:13, gpu: GPU}}}]"

LLAMA = "  mac-02: {host: 10.0.0.3, stacks: [carbon-gpu]}"


def lines(stacks: str, more: str = "") -> list[str]:
    mac = host(stacks, more)
    return [line for unit in units(mac.section("stacks", Stacks), mac) for line in unit.text.splitlines()]


def test_what_only_a_mac_has_does_not_apply() -> None:
    names = [resource.name for resource in resources_of(host())]
    assert names == ["preflight", "nvidia", "guest", "secret", "image", "model", "stack"]
    assert "nvidia" not in [resource.name for resource in resources_of(lab().mac("mac-01"))]


@pytest.mark.parametrize(("stack", "tag"), [("base", "latest-gpu"), ("compute", "latest"), ("tools", "latest-gpu")])
def test_the_suites_linux_images(stack: str, tag: str) -> None:
    assert f"Image=docker.io/wisejnrs/carbon-{stack}:{tag}" in lines(f"[carbon-{stack}]")
    said = f"[{{name: carbon-{stack}, settings: {{image: docker.io/lab/own:1}}}}]"
    assert "Image=docker.io/lab/own:1" in lines(said), "what the lab file says goes before"


@pytest.mark.parametrize("gpu", ["venus", "cuda"])
def test_the_gpu_is_nvidias_by_cdi(gpu: str) -> None:
    found = lines(CUDA.replace("GPU", gpu))
    assert "AddDevice=nvidia.com/gpu=all" in found
    assert "SecurityLabelDisable=true" in found
    assert "DropCapability=all" in found
    assert not [line for line in found if "/dev/dri" in line or "venus" in line or "VK_" in line or "ACCEPT" in line]


def test_without_a_gpu_nothing_is_given() -> None:
    found = lines(CUDA.replace("GPU", "none"))
    assert not [line for line in found if line.startswith(("AddDevice", "DropCapability", "SecurityLabelDisable"))]


def test_the_users_folder_is_the_hosts_own() -> None:
    assert "Volume=/home/lab/carbon-workspace:/work" in lines("[carbon-base]")
    assert "Volume=/root/carbon-workspace:/work" in lines("[carbon-base]", "    user: root")


MODEL = "    models: {tinyllama: {url: /w, sha256: " + "a" * 64 + "}}"


@pytest.mark.parametrize(("stack", "more"), [("llama-server", MODEL), ("carbon-gpu", "")])
def test_what_computes_by_vulkan_is_given_the_hosts_own_driver(stack: str, more: str) -> None:
    found = lines(f"[{stack}]", more)
    assert "AddDevice=nvidia.com/gpu=all" in found
    assert 'Environment="CARBON_ACCEPT=nvidia"' in found
    assert "ReadOnly=true" not in found, "NVIDIA's hooks write into the container's root"
    assert not [line for line in found if "VK_" in line or "venus" in line or "/dev/dri" in line]
    accepting = lines(f"[{stack}]", f"{more}\n    accept_software_gpu: true")
    assert 'Environment="CARBON_ACCEPT=software"' in accepting


@pytest.mark.parametrize("accept", ["", "    accept_software_gpu: true"])
def test_its_image_is_made_without_the_venus_layer(accept: str) -> None:
    made = {recipe.name: dict(recipe.args) for recipe in recipes(host("[carbon-gpu]", accept))}
    assert list(made) == ["llama", "carbon-gpu"]
    assert (made["llama"]["DRIVER"], made["llama"]["SOFTWARE"], "VENUS" in made["llama"]) == ("host", "no", False)
    on_a_mac = {recipe.name: dict(recipe.args) for recipe in recipes(lab(more=LLAMA).mac("mac-02"))}
    assert list(on_a_mac)[-2:] == ["llama", "carbon-gpu"]
    assert on_a_mac["llama"]["DRIVER"] == "venus"
    assert on_a_mac["carbon-gpu"]["LLAMA"] != made["carbon-gpu"]["LLAMA"]


REFUSED = [
    ("[vulkan-check]", "computes by Venus, a Mac's way to its GPU, and `linux-01` is a Linux host"),
    ("[{name: carbon-base, runtime: podman-libkrun}]", "`linux-01` runs by `linux-nvidia`"),
    (CUDA.replace("GPU", "cuda, read_only: true"), "NVIDIA's hooks write into its root"),
    (CUDA.replace("GPU", "cuda, gpu_path: remoting"), "has one way to its GPU, CUDA"),
]


@pytest.mark.parametrize(("stacks", "says"), REFUSED, ids=[says[:30] for _, says in REFUSED])
def test_what_a_linux_host_cannot_run_is_refused(stacks: str, says: str) -> None:
    with pytest.raises(LabError) as raised:
        host(stacks, MODEL)
    assert says in "\n".join(str(fault) for fault in raised.value.errors)


@pytest.mark.parametrize(
    ("stacks", "says"),
    [("[{name: carbon-base, runtime: linux-nvidia}]", "and this is a Mac"), (CUDA.replace("GPU", "cuda"), "CUDA")],
)
def test_a_mac_is_no_linux_host(stacks: str, says: str) -> None:
    with pytest.raises(LabError, match=says):
        lab("[]", f"  mac-02: {{host: 10.0.0.3, stacks: {stacks}}}")


def test_a_mirror_has_nothing_of_homebrews_for_it() -> None:
    found = of([host("[carbon-base]")])
    assert (found.formulae, found.taps, found.disks) == (set(), set(), set())
    assert [reference.name for reference, _ in found.images] == ["wisejnrs/carbon-base"]
