"""NVIDIA's side of a Linux host: what the section says, what differs, what its admin is told, and how it is left."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Finding, Refusal, World
from carbon_fleet.plan.registry import probe_for
from carbon_fleet.snapshot import HERE, Guest, Section, Snapshot, Unreadable, read_snapshot
from carbon_fleet.spec import VersionBound
from operations.nvidia import OURS, RESOURCE, SERVICES, Gpu, Nvidia, NvidiaSeen, asks, differences, read, removal
from tests.unit.operations.linux_world import host
from tests.unit.operations.run_section import SHELLS, program, run_section

DRIVER = "570.86.15"
GPU = Gpu("NVIDIA L4", "23034 MiB", "GPU-7a3f0c52-9d41-4d0e-8f62-51b0c1a2e9d4")
READY = NvidiaSeen(True, DRIVER, (GPU,), "", "1.17.8", {OURS: DRIVER}, ("nvidia.com/gpu=0", "nvidia.com/gpu=all"))
RELEASE = {"debian": "ID=debian", "fedora": "ID=fedora", "ubuntu": "ID=ubuntu\n|ID_LIKE=debian", "other": "ID=arch"}
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


def world(distribution: str = "debian") -> World:
    text = Path(__file__).parents[2].joinpath("transcripts/preflight/linux-host.txt").read_text()
    text = text.replace("|ID=debian", f"|{RELEASE[distribution]}")
    return World(host(), read_snapshot("linux-01", text.splitlines()))


def findings(seen: NvidiaSeen, wanted: Nvidia | None = None, distribution: str = "debian") -> list[Finding]:
    return list(differences(wanted or Nvidia(), seen, world(distribution)))


def refusal(seen: NvidiaSeen, wanted: Nvidia | None = None, distribution: str = "debian") -> Refusal:
    (found,) = findings(seen, wanted, distribution)
    assert isinstance(found, Refusal)
    return found


def test_what_is_ready_differs_in_nothing() -> None:
    assert findings(READY) == []
    assert findings(NvidiaSeen()) == [], "nobody wants the GPU"


DRIFT: list[tuple[dict[str, Any], str, str]] = [
    ({"trouble": "absent", "driver": "", "gpus": ()}, "nvidia.driver", "NVIDIA_DRIVER_MISSING"),
    ({"trouble": "mismatch", "driver": "", "gpus": ()}, "nvidia.driver", "NVIDIA_DRIVER_MISMATCH"),
    ({"trouble": "not-loaded", "driver": "", "gpus": ()}, "nvidia.driver", "NVIDIA_DRIVER_NOT_LOADED"),
    ({"trouble": "no-gpu", "driver": "", "gpus": ()}, "nvidia.driver", "NVIDIA_NO_GPU"),
    ({"toolkit": ""}, "nvidia.toolkit", "NVIDIA_TOOLKIT_MISSING"),
    ({"toolkit": "1.11.0"}, "nvidia.toolkit", "NVIDIA_TOOLKIT_VERSION"),
    ({"specs": {OURS: "other"}}, "nvidia.cdi", "NVIDIA_CDI_NOT_A_FILE"),
    ({"devices": ("nvidia.com/gpu=0",)}, "nvidia.cdi", "NVIDIA_DEVICE_UNKNOWN"),
]


@pytest.mark.parametrize(("drift", "address", "code"), DRIFT, ids=[row[2] for row in DRIFT])
def test_what_its_admin_has_to_do_is_refused(drift: dict[str, Any], address: str, code: str) -> None:
    found = refusal(replace(READY, **drift))
    assert (found.address, found.code) == (address, code)
    assert found.why
    assert found.remedy


@pytest.mark.parametrize(
    ("distribution", "driver", "toolkit"),
    [("debian", "apt-get install nvidia-driver", "apt-get install nvidia-container-toolkit-base"),
     ("ubuntu", "ubuntu-drivers install", "nvidia-container-toolkit.list"),
     ("fedora", "dnf install akmod-nvidia", "dnf install nvidia-container-toolkit-base"),
     ("other", "dnf install akmod-nvidia", "install-guide.html")],
)  # fmt: skip
def test_each_distribution_has_its_own_commands(distribution: str, driver: str, toolkit: str) -> None:
    without = replace(READY, trouble="absent", driver="", gpus=())
    assert driver in refusal(without, distribution=distribution).remedy
    assert toolkit in refusal(replace(READY, toolkit=""), distribution=distribution).remedy


def test_both_are_told_at_once() -> None:
    without = replace(READY, trouble="absent", driver="", gpus=(), toolkit="", specs={}, devices=())
    assert [one.code for one in findings(without) if isinstance(one, Refusal)] == [
        "NVIDIA_DRIVER_MISSING", "NVIDIA_TOOLKIT_MISSING",
    ]  # fmt: skip


def test_a_lab_may_ask_for_versions() -> None:
    assert refusal(READY, Nvidia(driver=VersionBound(">=575"))).code == "NVIDIA_DRIVER_VERSION"
    assert findings(READY, Nvidia(driver=VersionBound(">=570,<571"))) == []


@pytest.mark.parametrize(
    ("specs", "action", "before", "argv"),
    [({}, Action.CREATE, None, ("nvidia-ctk", "cdi", "generate", f"--output={OURS}")),
     ({OURS: "565.1"}, Action.UPDATE, "565.1", ("nvidia-ctk", "cdi", "generate", f"--output={OURS}")),
     ({OURS: "unknown"}, Action.UPDATE, "unknown", ("nvidia-ctk", "cdi", "generate", f"--output={OURS}")),
     ({SERVICES: "565.1", OURS: DRIVER}, Action.UPDATE, "565.1",
      ("systemctl", "restart", "nvidia-cdi-refresh.service"))],
)  # fmt: skip
def test_the_specification_is_made_anew(
    specs: dict[str, str], action: Action, before: str | None, argv: tuple[str, ...]
) -> None:
    (change,) = findings(replace(READY, specs=specs, devices=()))
    assert isinstance(change, Change)
    assert (change.address, change.action) == ("nvidia.cdi", action)
    assert [(each.before, each.after) for each in change.attributes] == [(before, DRIVER)]
    assert [command.argv for command in change.commands] == [argv]


def test_the_services_own_place_wins() -> None:
    assert findings(replace(READY, specs={SERVICES: DRIVER, OURS: "565.1"})) == []


def test_cut_off_anywhere_the_next_look_ends_the_same() -> None:
    """One command makes it, which writes beside and renames: before it, or after it, and nothing between."""
    (change,) = findings(replace(READY, specs={}, devices=()))
    assert isinstance(change, Change)
    assert len(change.commands) == 1
    assert findings(replace(READY, specs={OURS: DRIVER})) == []


def test_it_is_left_as_found() -> None:
    seen = replace(READY, specs={OURS: DRIVER})
    assert RESOURCE.found(Nvidia(), seen) == {"nvidia.cdi": True}
    assert RESOURCE.found(Nvidia(), NvidiaSeen()) == {}
    assert list(removal(Nvidia(), seen, {"nvidia.cdi": True}, world())) == []
    assert list(removal(Nvidia(), replace(READY, specs={}), {"nvidia.cdi": False}, world())) == []
    (change,) = removal(Nvidia(), seen, {"nvidia.cdi": False}, world())
    assert isinstance(change, Change)
    assert [command.argv for command in change.commands] == [("rm", "-f", OURS)]


SMI = f"echo '{DRIVER}, NVIDIA L4, 23034 MiB, {GPU.uuid}'"
CTK = """case $1 in
--version) echo 'NVIDIA Container Toolkit CLI version 1.17.8'; echo 'commit: f202b80' ;;
cdi) echo 'time="…" level=info msg="Found 2 CDI devices"' >&2; echo nvidia.com/gpu=0; echo nvidia.com/gpu=all ;;
esac"""


def asked(shell: tuple[str, ...], home: Path, programs: dict[str, str], spec: str | None) -> NvidiaSeen:
    folder = home / "bin"
    folder.mkdir()
    for name, text in programs.items():
        program(folder, name, text)
    if spec is not None:
        (home / "nvidia.yaml").write_text(spec)
    variables = {"CF_NVIDIA_ASKED": "yes", "CF_NVIDIA_SPECS": f"{home}/nvidia.yaml {home}/none.yaml"}
    return read(run_section(shell, "nvidia", variables, home=home, programs=folder))


@each_shell
def test_the_section_for_real(tmp_path: Path, shell: tuple[str, ...]) -> None:
    spec = f"mounts:\n- hostPath: /usr/lib/x86_64-linux-gnu/libcuda.so.{DRIVER}\n  options: [ro]\n"
    seen = asked(shell, tmp_path, {"nvidia-smi": SMI, "nvidia-ctk": CTK}, spec)
    assert seen == replace(READY, specs={f"{tmp_path}/nvidia.yaml": DRIVER})


@each_shell
def test_a_bare_host(tmp_path: Path, shell: tuple[str, ...]) -> None:
    assert asked(shell, tmp_path, {}, None) == NvidiaSeen(True, trouble="absent")


MISMATCH = "Failed to initialize NVML: Driver/library version mismatch"
NOT_LOADED = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."


@each_shell
@pytest.mark.parametrize(
    ("says", "trouble"),
    [(f'echo "{MISMATCH}"; exit 18', "mismatch"), (f'echo "{NOT_LOADED}"; exit 9', "not-loaded"),
     ("echo No devices were found; exit 6", "no-gpu"), ("exit 0", "no-gpu")],
)  # fmt: skip
def test_what_nvidia_smi_says_against_it(tmp_path: Path, shell: tuple[str, ...], says: str, trouble: str) -> None:
    seen = asked(shell, tmp_path, {"nvidia-smi": says, "nvidia-ctk": CTK}, "kind: nvidia.com/gpu\n")
    assert (seen.trouble, seen.driver, seen.specs) == (trouble, "", {f"{tmp_path}/nvidia.yaml": "unknown"})


@each_shell
@pytest.mark.parametrize("smi", ["echo what; exit 3", "echo 570.86.15, one, two"])
def test_what_is_not_understood_is_unreadable(tmp_path: Path, shell: tuple[str, ...], smi: str) -> None:
    with pytest.raises(Unreadable):
        asked(shell, tmp_path, {"nvidia-smi": smi, "nvidia-ctk": CTK}, None)


@each_shell
def test_nobody_asks_where_no_container_wants_it(tmp_path: Path, shell: tuple[str, ...]) -> None:
    without = host("[{name: web, containers: {web: {image: docker.io/library/debian:13}}}]")
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "nvidia-smi", 'touch "$HOME/ran"')
    section = run_section(shell, "nvidia", asks(Nvidia(), without), home=tmp_path, programs=folder)
    assert read(section) == NvidiaSeen()
    assert not (tmp_path / "ran").exists()
    assert asks(Nvidia(), host())["CF_NVIDIA_ASKED"] == "yes"


SUDO = '[ "$1 $2 $3" = "-n -H --" ] || exit 64; shift 3; exec "$@"'


@each_shell
@pytest.mark.parametrize(("sudo", "guest"), [(SUDO, Guest.REACHED), ("echo no >&2; exit 1", Guest.UNREADABLE)])
def test_the_way_to_root_is_sudo(tmp_path: Path, shell: tuple[str, ...], sudo: str, guest: Guest) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "sudo", sudo)
    program(folder, "id", "case $1 in -u) echo 1000 ;; *) echo lab ;; esac")
    program(folder, "nvidia-smi", SMI)
    program(folder, "nvidia-ctk", CTK)
    env = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PATH": f"{folder}:{os.defpath}:/usr/sbin"}
    done = subprocess.run(
        shell, input=probe_for(host()), text=True, capture_output=True, timeout=60, check=False, env=env
    )
    snapshot = read_snapshot("linux-01", done.stdout.splitlines())
    assert (snapshot.guest, snapshot.complete) == (guest, True)
    assert (snapshot.hop == HERE) is (guest is Guest.REACHED)
    if guest is Guest.REACHED:
        assert read(snapshot.section("nvidia")).gpus == (GPU,)
    else:
        assert snapshot.guest_detail.endswith("no")


def test_an_unreadable_section_is_refused() -> None:
    section = Section("nvidia", facts={"asked": ("yes",)})
    snapshot = Snapshot("linux-01", {"nvidia": section}, Guest.REACHED, "here")
    (found,) = RESOURCE.findings(World(host(), snapshot))
    assert isinstance(found, Refusal)
    assert found.code == "NVIDIA_UNREADABLE"
