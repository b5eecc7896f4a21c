"""A Linux host itself: its system, its podman, NVIDIA's driver, and the specification by which podman knows the GPU."""

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify.look import Look
from carbon_fleet.verify.wish import Unit

pytestmark = [pytest.mark.linux, pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")]
SPECS = "/run/cdi/nvidia.yaml /etc/cdi/nvidia.yaml"
"""The first that is there is in force (CDI's own order, turned round)."""


def test_it_runs_linux_with_systemd(mac: Host) -> None:
    assert mac.check_output("uname -s") == "Linux", "this is no Linux host"
    assert mac.check_output("cat /proc/1/comm") == "systemd", "its first process is not systemd"


def test_podman_knows_quadlet(mac: Host) -> None:
    version = mac.check_output("podman --version").split()[-1]
    assert int(version.partition(".")[0]) >= 5, f"podman is {version}; its Quadlet lacks keys that stacks use"


def test_root_answers(look: Look) -> None:
    assert look.in_guest("true", 20).status == 0, "root runs no command"


def test_driver_answers(vm: Host, cuda_unit: Unit) -> None:
    said = vm.run("nvidia-smi -L")
    assert said.rc == 0, f"nvidia-smi: {(said.stdout or said.stderr).strip()}"
    assert said.stdout.startswith("GPU 0:"), f"no GPU is listed for {cuda_unit.container_name}"


def test_specification_is_of_the_driver(vm: Host, wish: Mac, cuda_unit: Unit) -> None:
    driver = vm.check_output("nvidia-smi --query-gpu=driver_version --format=csv,noheader").splitlines()[0].strip()
    path = vm.check_output(f"for one in {SPECS}; do if [ -e $one ]; then echo $one; break; fi; done")
    assert path, f"there is no CDI specification: podman starts no {cuda_unit.container_name}"
    found = vm.run("grep -c -F %s %s", f"libcuda.so.{driver}", path).stdout.strip()
    assert found not in ("", "0"), f"{path} is of another driver than {driver}"
