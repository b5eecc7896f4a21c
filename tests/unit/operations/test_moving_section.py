"""files/probe/moving.sh for real: which runtimes carry a stack, notes, what is kept, under every kind of sh."""

from pathlib import Path

import pytest

from operations import _moves as moves
from tests.unit.operations.run_section import SHELLS, program, run_section
from tests.unit.operations.test_moving_carriers import CONTAINER, Box, with_jobs

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


@each_shell
def test_the_section_tells_of_notes_what_is_kept_and_files_of_docker(tmp_path: Path, shell: tuple[str, ...]) -> None:
    state = tmp_path / ".local/state/carbon-fleet"
    (state / "moving").mkdir(parents=True)
    (state / "moving/web").write_text("saved\n2026\ndocker\npodman-libkrun\n")
    (state / "moved/old/2025").mkdir(parents=True)
    (state / "moved/old/2025/done").write_text("1000\ndocker\ncarried\ndata\nmore\n")
    compose = tmp_path / ".config/carbon-fleet/docker/shop/compose.yaml"
    compose.parent.mkdir(parents=True)
    compose.touch()
    variables = {"CF_MOVING_PODMAN": "", "CF_MOVING_DOCKER": "shop web", "CF_MOVING_MACHINE": "carbon"}
    section = run_section(shell, "moving", variables, home=tmp_path)
    assert section.all("note") == ("web saved 2026 docker podman-libkrun ",)
    assert section.all("kept") == ("old 2025 1000 docker carried data more ",)
    assert (section.all("carries"), section.all("closed")) == (("docker shop",), ("docker",))


MACHINE = """{"SSH": {"IdentityPath": "/key", "Port": 7000, "RemoteUsername": "core"}}"""


@each_shell
def test_the_section_enters_a_machine_that_runs_and_tells_of_one_that_does_not(
    tmp_path: Path, shell: tuple[str, ...]
) -> None:
    json = tmp_path / ".config/containers/podman/machine/libkrun/carbon.json"
    json.parent.mkdir(parents=True)
    json.write_text(MACHINE)
    (tmp_path / "bin").mkdir()
    units = tmp_path / "units"
    units.mkdir()
    (units / "carbon-fleet-shop-web.container").write_text(
        'Label="io.carbon-fleet.stack=shop"\nVolume=data:/data\nVolume=/Users:/u\n'
    )
    (tmp_path / "volumes/data/_data").mkdir(parents=True)
    places = f"s,/etc/containers/systemd,{units},; s,/var/lib/containers/storage/volumes,{tmp_path}/volumes,"
    program(tmp_path / "bin", "ssh", f"sed '{places}' | sh")
    variables = {"CF_MOVING_PODMAN": "shop web", "CF_MOVING_DOCKER": "", "CF_MOVING_MACHINE": "carbon"}
    program(tmp_path / "bin", "ps", "echo '7 gvproxy'")
    section = run_section(shell, "moving", variables, home=tmp_path, programs=tmp_path / "bin")
    assert (section.all("closed"), section.all("carries")) == (("podman-libkrun",), ())
    disk = f"{tmp_path}/.local/share/containers/podman/machine/libkrun/carbon-arm64.raw"
    program(tmp_path / "bin", "ps", f"echo '8 /opt/krunkit --device virtio-blk,path={disk}'")
    section = run_section(shell, "moving", variables, home=tmp_path, programs=tmp_path / "bin")
    assert (section.all("open"), section.all("carries")) == (("podman",), ("podman-libkrun shop",))
    (volume,) = section.all("volume")
    assert volume.split()[:2] == ["shop", "data"]
    assert all(word.isdigit() for word in volume.split()[2:])


@each_shell
def test_the_section_tells_what_native_and_apple_carry(tmp_path: Path, shell: tuple[str, ...]) -> None:
    box = Box(tmp_path, shell)
    with_jobs(box)
    (tmp_path / ".local/share/carbon-fleet/native/shop/data").mkdir(parents=True)
    folder = tmp_path / ".config/carbon-fleet/apple-container/other"
    folder.mkdir(parents=True)
    (folder / "containers.json").touch()
    program(
        tmp_path / "bin",
        "container",
        CONTAINER.replace('"name":"data"', '"name":"data","labels":{"io.carbon-fleet.stack":"other"}'),
    )
    variables = dict.fromkeys(("CF_MOVING_PODMAN", "CF_MOVING_DOCKER"), "") | {
        "CF_MOVING_NATIVE": "shop web",
        "CF_MOVING_APPLE": "other",
        "CF_MOVING_MACHINE": "carbon",
        "CF_MOVING_PREFIX": str(tmp_path / "no"),
    }
    section = run_section(shell, "moving", variables, home=tmp_path)
    assert (section.all("carries"), section.all("closed")) == (
        ("native shop", "apple-container other"),
        ("apple-container",),
    )
    (tmp_path / "boxes").touch()
    section = run_section(shell, "moving", {**variables, "CF_MOVING_PREFIX": str(tmp_path)}, home=tmp_path)
    assert (section.all("open"), section.all("closed")) == (("native", "apple"), ())
    told = moves.read(section).volumes
    assert [(name, one.name, one.written is not None) for name, (one,) in told.items()] == [
        ("shop", "data", True),
        ("other", "data", True),
    ]
