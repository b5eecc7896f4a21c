"""files/probe/guest.sh for real, with stand-ins for systemctl, under every kind of sh."""

import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from operations.guest import UnitSeen, read
from tests.unit.operations.run_section import SHELLS, program, run_section

SYSTEMCTL = """case $1 in
is-system-running) echo degraded; exit 1 ;;
show) shift; shift
    for unit; do
        [ "$unit" = "$first" ] || [ -z "${first:=$unit}" ] || [ "$unit" = "$first" ] || echo
        printf 'Id=%s\\nLoadState=loaded\\nActiveState=active\\nUnitFileState=enabled\\nNeedDaemonReload=yes\\n' "$unit"
    done ;;
esac"""


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_the_section_for_real(tmp_path: Path, shell: tuple[str, ...]) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "systemctl", SYSTEMCTL)
    program(programs, "podman", '[ "$*" = --version ] && echo "podman version 6.1.1"')
    spaced = tmp_path / "a file"
    spaced.write_text("text\n")
    missing = tmp_path / "missing"
    variables = {"CF_GUEST_FILES": f"{spaced}\n{missing}", "CF_GUEST_UNITS": r"a.service b\x2dc.mount"}
    section = run_section(shell, "guest", variables, home=tmp_path, programs=programs)
    seen = read(section)
    assert seen.system == "degraded"
    assert seen.files[str(spaced)].content == b"text\n"
    assert seen.files[str(missing)].kind == "absent"
    assert seen.units == {
        "a.service": UnitSeen("loaded", "active", "enabled", stale=True),
        r"b\x2dc.mount": UnitSeen("loaded", "active", "enabled", stale=True),
    }
    assert seen.render in ("char", "absent")
    assert seen.uptime > 0
    assert (seen.podman, seen.kernel) == ("6.1.1", os.uname().release)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_nothing_asked_is_nothing_answered(tmp_path: Path, shell: tuple[str, ...]) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "systemctl", "echo running")
    section = run_section(
        shell, "guest", {"CF_GUEST_FILES": "", "CF_GUEST_UNITS": ""}, home=tmp_path, programs=programs
    )
    seen = read(section)
    assert (seen.system, seen.files, seen.units) == ("running", {}, {})


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_what_a_store_holds(tmp_path: Path, shell: tuple[str, ...]) -> None:
    store = tmp_path / "storage"
    (store / "volumes/model cache/_data").mkdir(parents=True)
    (store / "overlay-containers").mkdir()
    (store / "overlay-images").mkdir()
    (store / "overlay-containers/containers.json").write_text('[{"id":"1","names":["notebook"]},{"id":"2"}]')
    (store / "overlay-images/images.json").write_text('[{"names":["localhost/a:1","localhost/a:2"]},{"names":["b:1"]}]')
    text = assets.text("probe/lib.sh") + assets.text("probe/guest.sh")
    script = f'{text}\ncf_guest_store "$HOME/storage"; cf_guest_store "$HOME/none"\n'
    env = {"HOME": str(tmp_path), "PATH": os.defpath, "TMPDIR": str(tmp_path)}
    done = subprocess.run(shell, input=script, text=True, capture_output=True, env=env, timeout=30, check=True)
    assert done.stdout.splitlines() == [
        "volume=model cache",
        "container=notebook",
        "image=localhost/a:1",
        "image=b:1",
    ]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
@pytest.mark.parametrize("synchronised", [True, False])
def test_the_clock_is_measured_anew_and_stepped(tmp_path: Path, shell: tuple[str, ...], synchronised: bool) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "systemctl", 'echo "systemctl $*" >>"$HOME/did"; [ "$1" = restart ]')
    program(programs, "sleep", ":")
    program(
        programs, "chronyc", f'echo "chronyc $*" >>"$HOME/did"; [ "$1" != waitsync ] || {str(synchronised).lower()}'
    )
    env = {"HOME": str(tmp_path), "PATH": f"{programs}:{os.defpath}"}
    argv = [*shell[:-1], "-c", assets.text("guest/step-clock.sh")]
    done = subprocess.run(argv, text=True, capture_output=True, env=env, timeout=30, check=True)
    assert done.stderr == ""
    did = (tmp_path / "did").read_text().splitlines()
    assert did[:3] == [
        "systemctl is-active --quiet chronyd.service",
        "systemctl restart chronyd.service",
        "chronyc burst 3/5",
    ]
    assert did[-1] == "chronyc makestep"
    assert did.count("chronyc waitsync 1 0 0 1") == (1 if synchronised else 11)


@pytest.mark.skipif(not Path("/lib").is_symlink(), reason="a file that is the same below /usr needs a merged /usr")
@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_a_file_that_is_as_the_system_keeps_it_is_stock(tmp_path: Path, shell: tuple[str, ...]) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("text\n")
    variables = {"CF_GUEST_FILES": f"/lib/os-release\n{theirs}", "CF_GUEST_UNITS": ""}
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "systemctl", SYSTEMCTL)
    assert run_section(shell, "guest", variables, home=tmp_path, programs=programs).all("stock") == ("/lib/os-release",)
