"""The proof of CUDA: numbers that a GPU of this host computed in a container, with a seed of this very look."""

import secrets
from collections.abc import Callable

import pytest
from testinfra.host import Host

from carbon_fleet.prove.cuda import NoAnswer, against, read
from carbon_fleet.spec import Mac
from carbon_fleet.verify.cuda import JOB, UNPROVEN
from carbon_fleet.verify.record import Recorder
from carbon_fleet.verify.wish import Unit

pytestmark = pytest.mark.remedy("see `podman exec NAME nvidia-smi` on {mac}, and docs/linux-nvidia.md")
SECONDS = 90


def test_the_specification_is_in_the_container(container: Callable[[str], Host], cuda_unit: Unit) -> None:
    nodes = container(cuda_unit.container_name).run("ls /dev").stdout.split()
    found = [name for name in nodes if name.startswith("nvidia")]
    assert found, f"there is no /dev/nvidia… in {cuda_unit.container_name}: podman gave it no GPU"


def test_the_gpu_computes(
    container: Callable[[str], Host], vm: Host, wish: Mac, cuda_unit: Unit, recorder: Recorder
) -> None:
    inside, seed = container(cuda_unit.container_name), secrets.randbits(32)
    name = cuda_unit.container_name
    if inside.run("command -v python3").rc != 0:
        _unproven(recorder, f"{name} has no python3 to compute with", "give the GPU to a container that has, too")
    said = inside.run("python3 -c %s %s", JOB, str(seed), deadline=SECONDS)
    last = next((line for line in reversed(said.stderr.splitlines()) if line.strip()), f"status {said.rc}")
    if said.rc != 0 and wish.accept_software_gpu:
        _unproven(recorder, f"{name} does not compute: {last}", "on a real host, leave accept_software_gpu out")
    assert said.rc == 0, f"{name} does not compute: {last}"
    try:
        answer = read(said.stdout)
    except NoAnswer as wrong:
        pytest.fail(f"{name}: {wrong}", pytrace=False)
    host = vm.check_output("nvidia-smi --query-gpu=uuid --format=csv,noheader").split()
    assert not (found := against(answer, seed, host)), "; ".join(found)
    recorder.gpu(", ".join(device.name for device in answer.devices))


def _unproven(recorder: Recorder, what: str, remedy: str) -> None:
    recorder.notice("gpu", UNPROVEN, what, "no claim is made of its GPU", remedy)
    pytest.skip(f"{what}: no CUDA claim is made")
