"""What of the emulated Mac can be told without booting one."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import yaml

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim.emulated.lab import IMAGE, REFERENCES
from carbon_fleet.sim.emulated.prebuilt import linked
from carbon_fleet.sim.emulated.processes import end_hypervisors, hypervisors
from carbon_fleet.sim.emulated.wish import wish
from carbon_fleet.sim.process import children, command_line
from carbon_fleet.sim.standins.emulated_podman import translated
from carbon_fleet.spec import Mac
from carbon_fleet.spec.load import lab_from_text
from operations.image.recipe import recipe_of
from operations.machine.wish import Machine
from operations.stack.wish import Stacks

pytestmark = pytest.mark.sim

REFERENCE = f"docker.io/carbon/vulkan-check@sha256:{'a' * 64}"
DISK = "type=11,value=/Users/lab/.local/share/containers/podman/machine/libkrun/carbon-arm64.raw"


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    (tmp_path / REFERENCES).write_text(json.dumps({"vulkan-check": REFERENCE}))
    text = yaml.safe_dump({"lab": "x", "defaults": wish(tmp_path), "macs": {"m": {"host": "10.0.0.1", "user": "lab"}}})
    return lab_from_text(text, lab_sections()).macs["m"]


def test_the_lab_file_is_valid_and_brings_the_image_in(mac: Mac) -> None:
    recipe = recipe_of("vulkan-check", mac)
    assert recipe is not None
    assert recipe.pull == REFERENCE
    assert mac.section("machine", Machine).image == IMAGE


def test_the_stack_is_the_projects_own_with_more_patience(mac: Mac) -> None:
    (stack,) = mac.section("stacks", Stacks).all()
    check = stack.members()["vulkan-check"]
    assert (check.image, check.gpu, check.command) == ("vulkan-check", "venus", ("run",))
    assert check.environment["CARBON_ACCEPT"] == "apple", "who accepts software is decided by the lab, not here"
    assert check.health is not None
    assert check.health.timeout.seconds == 60


def test_answers_name_libkrun_where_the_real_podman_names_qemu() -> None:
    said = (
        b'[{"ConfigDir":{"Path":"/Users/lab/.config/containers/podman/machine/qemu"},"VMType":"qemu","Name":"qemu2"}]'
    )
    (machine,) = json.loads(translated(said))
    assert machine["ConfigDir"]["Path"].endswith("/machine/libkrun")
    assert machine["VMType"] == "libkrun"
    assert machine["Name"] == "qemu2"


def test_kept_images_reach_a_registry_on_another_disk_too(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("blob")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        for place in (tmp_path, Path(elsewhere)):
            for _again in range(2):
                linked(str(tmp_path / "kept"), str(place / "blob"))
            assert (place / "blob").read_text() == "blob"


def test_a_hypervisor_is_found_by_its_name_and_disk_and_only_it_is_killed() -> None:
    sleeps = 'exec -a "$0" perl -e "sleep 120" -- "$1"'
    lines = [["/opt/homebrew/bin/krunkit", DISK], ["/opt/homebrew/bin/krunkit", "no-disk"], ["/usr/bin/other", DISK]]
    started = "".join(f"bash -c '{sleeps}' {name} {disk} & " for name, disk in lines)
    with subprocess.Popen(["bash", "-c", f"{started} wait"]) as shell:
        try:
            deadline = time.monotonic() + 60
            names = {line[0] for line in lines}
            while [command_line(pid).split(" ")[0] in names for pid in children(shell.pid)] != [True] * 3:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert list(hypervisors(shell.pid)) == ["carbon"]
            end_hypervisors(shell.pid)
            while len(children(shell.pid)) > 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            assert hypervisors(shell.pid) == {}
            assert len(children(shell.pid)) == 2
        finally:
            for pid in children(shell.pid):
                subprocess.run(["kill", "-9", str(pid)], check=False)
