"""An instance of Lima or Colima: what the section says, what is refused with which remedy, what a lab file may say."""

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Finding, Notice, Refusal, World
from carbon_fleet.plan.registry import resources_of
from carbon_fleet.snapshot import Section, Snapshot, Unreadable
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew import Homebrew, fitted
from operations.lima import RESOURCE, Lima, LimaSeen, differences, read
from operations.lima.commands import engine, inside
from operations.lima.listing import Instance, folder_of, profile
from tests.unit.operations.run_section import SHELLS, program, run_section
from tests.unit.operations.test_docker_wish import loaded, refused

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
GPU = Instance("default", "krunkit", "Running", "2.2.0")
READY = LimaSeen("/opt/homebrew/bin/limactl", (GPU,), "default", "", True, "nerdctl 2.1.6", "there")
SAID = {"type": "krunkit", "running": "Running", "inside": "render=yes\nengine=nerdctl 2.1.6\nimage=there"}
LIMACTL = """
echo "$*" >>"$HOME/calls"
case "$1" in
list) [ ! -e "$HOME/broken" ] || { echo 'level=fatal msg="unable to load instance x"' >&2; exit 1; }
    [ -z "$PATHED" ] || command -v limactl >/dev/null || exit 7
    cat "$HOME/listing" ;;
shell|ssh) cat "$HOME/inside" ;;
*) exit 9 ;;
esac"""


def mac(folder: Path, runtime: str = "lima", **more: object) -> Mac:
    return loaded(folder, runtime=runtime, **more)


def findings(folder: Path, seen: LimaSeen, runtime: str = "lima") -> list[Finding]:
    world = World(mac(folder, runtime), Snapshot("m"))
    return list(differences(Lima(), seen, world))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A login user's home with an instance, and a Homebrew in it."""
    (tmp_path / "bin").mkdir()
    for name in ("limactl", "colima"):
        program(tmp_path / "bin", name, LIMACTL)
    say(tmp_path)
    return tmp_path


def say(home: Path, folder: str = ".lima/default", name: str = "default", **more: str) -> None:
    said = {**SAID, **more}
    (home / folder).mkdir(parents=True, exist_ok=True)
    (home / folder / "lima.yaml").write_text(f'# x\nvmType: "{said["type"]}"\n')
    listed = {"name": name, "status": said["running"], "config": {"env": {"TOKEN": "hidden"}}}
    listed |= {"vmType": said["type"], "limaVersion": "2.2.0"} if folder.startswith(".lima") else {"runtime": "docker"}
    (home / "listing").write_text(json.dumps(listed) + "\n")
    (home / "inside").write_text(said["inside"] + "\n")


def section(home: Path, shell: tuple[str, ...], kind: str = "lima", name: str = "default") -> Section:
    variables = {
        "CF_PREFIX": str(home),
        "CF_LIMA_KIND": kind,
        "CF_LIMA_NAME": name,
        "CF_LIMA_FOLDER": folder_of(kind, name),
        "CF_LIMA_IMAGE": "i",
        "CF_LIMA_DIGEST": "d",
        "CF_LIMA_INSIDE": "x",
    }
    return run_section(shell, "lima", variables, home=home, env={"PATHED": "yes"} if kind == "colima" else None)


def calls(home: Path) -> list[str]:
    path = home / "calls"
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


@each_shell
def test_one_that_runs_by_krunkit_is_entered(home: Path, shell: tuple[str, ...]) -> None:
    said = section(home, shell)
    assert read(said) == replace(READY, program=f"{home}/bin/limactl")
    assert calls(home) == ["list", "shell"]
    assert "hidden" not in str(said)


@each_shell
def test_colima_is_found_by_its_profile_and_finds_limactl(home: Path, shell: tuple[str, ...]) -> None:
    shutil.rmtree(home / ".lima")
    say(home, ".colima/_lima/colima-ai", "ai")
    (home / ".colima/_lima/_config").mkdir()
    (home / ".colima/_lima/_config/lima.yaml").write_text("vmType: vz\n")
    seen = read(section(home, shell, "colima", "ai"))
    assert seen.instances == (Instance("ai", "krunkit", "Running", "", "docker"),)
    assert (seen.render, seen.program, calls(home)) == (True, f"{home}/bin/colima", ["list", "ssh"])


@each_shell
def test_a_stopped_one_and_one_of_another_type_are_not_entered(home: Path, shell: tuple[str, ...]) -> None:
    say(home, running="Stopped")
    assert (read(section(home, shell)).render, calls(home)) == (None, ["list"])
    say(home, type="vz")
    seen = read(section(home, shell))
    assert (seen.instance, calls(home)) == (Instance("default", "vz", "Running", "2.2.0"), ["list", "list"])


@each_shell
def test_where_there_is_none_nothing_is_asked(home: Path, shell: tuple[str, ...]) -> None:
    shutil.rmtree(home / ".lima")
    assert (read(section(home, shell)).instances, calls(home)) == ((), [])
    (home / "bin/limactl").unlink()
    say(home)
    seen = read(section(home, shell))
    assert (seen.program, seen.instances, calls(home)) == ("", (Instance("default", "krunkit"),), [])


@each_shell
def test_a_listing_that_fails_or_is_none_says_why(home: Path, shell: tuple[str, ...]) -> None:
    (home / "broken").touch()
    seen = read(section(home, shell))
    assert "unable to load instance x" in seen.trouble
    (home / "broken").unlink()
    (home / "listing").write_text("[1]\n")
    assert "HASH" in read(section(home, shell)).trouble
    (home / "listing").write_text('{"status":"Running"}\n')
    with pytest.raises(Unreadable):
        read(section(home, shell))


@pytest.mark.parametrize(
    ("changes", "code", "remedy"),
    [
        ({"program": ""}, "LIMA_MISSING", "`brew install lima`"),
        ({"instances": ()}, "LIMA_ABSENT", "`limactl start --vm-type=krunkit --name=default`"),
        ({"trouble": "broken"}, "LIMA_UNREADABLE", "`limactl list`"),
        ({"instances": (replace(GPU, kind="vz"),)}, "LIMA_NO_GPU", "--vm-type=krunkit --name=default-gpu"),
        ({"instances": (replace(GPU, status="Stopped"),)}, "LIMA_STOPPED", "`limactl start default`"),
        ({"instances": (replace(GPU, status="Broken"),)}, "LIMA_STOPPED", "`limactl start default`"),
        ({"render": None, "closed": "refused"}, "LIMA_CLOSED", "`limactl shell default`"),
        ({"render": False}, "LIMA_NO_RENDER_NODE", "`limactl restart default`"),
        ({"engine": ""}, "LIMA_NO_ENGINE", "start one in it"),
    ],
)
def test_each_thing_that_is_not_so_is_named_with_its_remedy(
    tmp_path: Path, changes: dict[str, object], code: str, remedy: str
) -> None:
    (found,) = findings(tmp_path, replace(READY, **changes))  # type: ignore[arg-type]
    assert isinstance(found, Notice if code == "LIMA_NO_ENGINE" else Refusal)
    assert (found.address, found.code) == ("lima.instance", code)
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"instances": ()}, "`colima start --profile default --vm-type krunkit`"),
        ({"instances": (replace(GPU, kind="vz"),)}, "colima start --profile default-gpu --vm-type krunkit"),
        ({"instances": (replace(GPU, status="Stopped"),)}, "colima start --profile default"),
        ({"render": None}, "colima ssh --profile default"),
        ({"render": False}, "colima restart --profile default"),
    ],
)
def test_colimas_remedies_are_colimas_own(tmp_path: Path, changes: dict[str, object], remedy: str) -> None:
    (found,) = findings(tmp_path, replace(READY, **changes), "colima")  # type: ignore[arg-type]
    assert isinstance(found, Refusal)
    assert remedy in found.remedy


def test_nothing_is_found_where_all_is_so(tmp_path: Path) -> None:
    assert findings(tmp_path, READY) == []


def test_such_a_mac_has_no_machine_and_no_formulae_of_ours(tmp_path: Path) -> None:
    wanted = mac(tmp_path, "colima", lima={"instance": "ai"})
    names = {resource.name for resource in resources_of(wanted)}
    assert "lima" in names
    assert not names & {"machine", "guest", "stack", "docker", "provider"}
    assert fitted(wanted.section("homebrew", Homebrew), wanted).wished == {}
    asked = RESOURCE.asks(wanted.section("lima", Lima), wanted)
    assert (asked["CF_LIMA_KIND"], asked["CF_LIMA_FOLDER"], asked["CF_LIMA_IMAGE"]) == ("colima", "colima-ai", "")
    plain = loaded(tmp_path)
    assert "lima" not in {resource.name for resource in resources_of(plain)}


def test_stacks_are_refused_with_those_that_carry_them(tmp_path: Path) -> None:
    said = refused(tmp_path, runtime="lima", stacks=["vulkan-check"])
    assert "which carbon-fleet only looks at" in said
    assert "`podman-libkrun`, `podman-applehv`, `docker`" in said
    said = refused(tmp_path, runtime="docker", stacks=[{"name": "vulkan-check", "runtime": "colima"}])
    assert "macs.m.stacks" in said.replace("[0]", "") or "stacks" in said
    both = mac(tmp_path, stacks=[{"name": "vulkan-check", "runtime": "podman-libkrun"}])
    assert runtimes.used(both) == ("lima", "podman-libkrun")


@pytest.mark.parametrize("name", ["", "-x", "a b", "$(x)", "a/b", "x" * 80])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    assert "lima.instance" in refused(tmp_path, runtime="lima", lima={"instance": name})


def test_profiles_and_folders() -> None:
    assert [folder_of("colima", name) for name in ("default", "ai")] == ["colima", "colima-ai"]
    assert [profile(name) for name in ("colima", "colima-ai")] == ["default", "ai"]
    assert folder_of("lima", "colima") == "colima"


def test_words_stay_words_on_their_way_inside() -> None:
    assert inside("lima", "limactl", "x", "s", "a b")[:5] == ("limactl", "shell", "--workdir", "/", "x")
    assert inside("colima", "colima", "x", "s")[:5] == ("colima", "ssh", "--profile", "x", "--")
    assert inside("lima", "limactl", "x", "s", "a b")[5:] == ("sh", "-c", "s", "sh", "a b")


@pytest.mark.parametrize(
    ("there", "called"),
    [
        (("docker", "nerdctl"), "docker run x"),
        (("nerdctl",), "nerdctl run x"),
        (("podman",), "podman run x"),
        (("root-nerdctl",), "sudo nerdctl run x"),
        ((), ""),
    ],
)
def test_whichever_engine_answers_is_called(tmp_path: Path, there: tuple[str, ...], called: str) -> None:
    for name in ("docker", "nerdctl", "podman"):
        answers = "exit 1" if name not in there else 'if [ "$1" != info ]; then echo "${SUDO:-}' + name + ' $*"; fi'
        if name == "nerdctl" and "root-nerdctl" in there:
            answers = '[ -n "$SUDO" ] || exit 1; if [ "$1" != info ]; then echo "${SUDO}nerdctl $*"; fi'
        program(tmp_path, name, answers)
    program(tmp_path, "sudo", 'shift; SUDO="sudo "; export SUDO; exec "$@"')
    words = engine("lima", "limactl", "x")
    script = words[words.index("-c") + 1]
    ran = subprocess.run(
        ["/bin/sh", "-c", script, "sh", "run", "x"],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    assert ran.stdout.strip() == called
    assert ran.returncode == (0 if called else 69)
    assert ("no container engine answers" in ran.stderr) is not bool(called)
