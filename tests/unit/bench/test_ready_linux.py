"""What a benchmark needs of a Linux host, from answers of a probe put together here."""

import json
from pathlib import Path as File

import pytest

from carbon_fleet.bench.paths import Path
from carbon_fleet.bench.ready_linux import ready_on_linux, refused
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.plan import World
from carbon_fleet.snapshot import read_snapshot
from operations.image.recipe import recipe_of
from tests.unit.operations.linux_world import host

PREFLIGHT = (File(__file__).parents[2] / "transcripts/preflight/linux-host.txt").read_text()
STACK = "[{name: job, containers: {job: {image: docker.io/library/debian:13, gpu: cuda}}}]"
LLAMA = "    preflight: {free_disk: 10GiB}\n    images: {llama: {}}"
DRIVER = "570.86.15"
NVIDIA = f"""%section nvidia
asked=yes
spec=/etc/cdi/nvidia.yaml {DRIVER}
%block gpus
|{DRIVER}, NVIDIA L4, 23034 MiB, GPU-1
%status gpus 0
%block toolkit
|NVIDIA Container Toolkit CLI version 1.17.8
%status toolkit 0
%block devices
|nvidia.com/gpu=all
%status devices 0
%end nvidia 0
"""


def world(nvidia: str = NVIDIA, *, tag: str | None = None, more: str = LLAMA, stacks: str = STACK) -> World:
    """A host with the image it wishes, or with another one."""
    mac = host(stacks, more)
    recipe = recipe_of("llama", mac)
    image = {"Id": "1" * 64, "Names": [tag or (recipe.tag if recipe else "")], "RepoDigests": [], "Size": 1}
    listed = "\n".join(f"|{line}" for line in json.dumps([image], indent=4).splitlines())
    images = f"%section image\n%block images\n{listed}\n%status images 0\n%end image 0\n"
    answer = PREFLIGHT.replace("%guest reached here\n", f"{nvidia}{images}%guest reached here\n")
    return World(mac, read_snapshot("linux-01", answer.splitlines()))


def trouble(of: World) -> str:
    with pytest.raises(CannotMeasure) as found:
        ready_on_linux(of)
    return found.value.failure.code


def test_a_host_with_all_of_it_has_two_paths() -> None:
    assert refused(world()) == ()
    found = ready_on_linux(world())
    assert (found.paths, dict(found.absent)) == ((Path.CPU, Path.VULKAN), {})
    assert (found.cpus, found.memory, found.gpus) == (2, 24684084 << 10, ("NVIDIA L4",))
    assert "llama" in found.image


def test_without_a_container_that_has_the_gpu_vulkan_is_left_out() -> None:
    bare = world("%section nvidia\nasked=no\n%end nvidia 0\n", stacks="[]")
    assert refused(bare) == ()
    found = ready_on_linux(bare)
    assert found.paths == (Path.CPU,)
    assert "add `llama-server`" in found.absent[Path.VULKAN]


def test_what_apply_refuses_is_refused_here_too() -> None:
    gone = NVIDIA.replace(f"|{DRIVER}, NVIDIA L4, 23034 MiB, GPU-1", "|No devices were found").replace(
        "gpus 0", "gpus 6"
    )
    assert [one.code for one in refused(world(gone))] == ["NVIDIA_NO_GPU"]
    assert [one.code for one in refused(world(more="    images: {llama: {}}\n    preflight: {free_disk: 1TiB}"))] == [
        "DISK_FULL"
    ]


def test_what_is_not_there_yet_is_applys_to_make() -> None:
    assert trouble(world(more="    preflight: {free_disk: 10GiB}")) == "NO_BENCH_WISHED"
    assert trouble(world(tag="localhost/carbon-fleet/llama:other")) == "BENCH_IMAGE_ABSENT"
    assert trouble(world(NVIDIA.replace(f"nvidia.yaml {DRIVER}", "nvidia.yaml 565.1"))) == "BENCH_CDI_ABSENT"


def test_a_model_has_to_fit_into_the_hosts_memory() -> None:
    with pytest.raises(CannotMeasure) as found:
        ready_on_linux(world()).must_hold(40 << 30)
    assert (found.value.failure.code, found.value.failure.remedy) == ("MODEL_TOO_LARGE", "name a smaller model")
    assert "the host 24105 MiB" in found.value.failure.what
