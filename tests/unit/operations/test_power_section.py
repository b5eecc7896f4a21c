"""files/probe/power.sh and files/power/set.sh for real, with pmset and sudo of our own, under every kind of sh."""

import getpass
import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.snapshot import Unreadable
from operations.power import Idle, PowerSeen, read
from tests.unit.operations.run_section import SHELLS, program, run_section

PMSET = "[ \"$*\" = '-g custom' ] && printf 'AC Power:\\n Sleep On Power Button 1\\n sleep                30\\n'"
ALLOWED = 'echo "$*" >>"$HOME/asked"; [ "$2" = -l ] || echo "Warning: Idle sleep timings may not behave" >&2'
NO_RULE = 'echo "$*" >>"$HOME/asked"; echo "sudo: a password is required" >&2; exit 1'
OTHER_RULE = f'[ "$2" = -l ] || {{ {NO_RULE}; }}'
PMSET_FAILS = '[ "$2" = -l ] || { echo "\'pmset\' failed to save energy preferences(error:0xe00002bc)"; exit 3; }'
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@each_shell
def test_the_section_for_real(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    program(programs, "pmset", PMSET)
    section = run_section(shell, "power", {"CF_POWER_ASKED": "yes"}, home=tmp_path, programs=programs)
    assert read(section) == PowerSeen(Idle("30m"))


@each_shell
def test_nothing_asked_runs_nothing(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    program(programs, "pmset", 'touch "$HOME/ran"')
    section = run_section(shell, "power", {"CF_POWER_ASKED": "no"}, home=tmp_path, programs=programs)
    assert read(section) == PowerSeen()
    assert not (tmp_path / "ran").exists()


@each_shell
def test_a_failing_pmset_is_named(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    program(programs, "pmset", "echo 'pmset: not today' >&2; exit 3")
    section = run_section(shell, "power", {"CF_POWER_ASKED": "yes"}, home=tmp_path, programs=programs)
    with pytest.raises(Unreadable, match=r"custom \(exit status 3\): pmset: not today"):
        read(section)


def set_power(home: Path, programs: Path, shell: tuple[str, ...], sudo: str) -> "subprocess.CompletedProcess[str]":
    program(programs, "sudo", sudo)
    argv = [*shell[:-1], "-c", assets.text("power/set.sh"), "sh", "sleep", "0", "womp", "1"]
    env = {"HOME": str(home), "PATH": f"{programs}:{os.defpath}"}
    return subprocess.run(argv, env=env, text=True, capture_output=True, timeout=30, check=False)


@each_shell
def test_it_is_one_pmset(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    done = set_power(tmp_path, programs, shell, ALLOWED)
    assert (done.returncode, done.stderr) == (0, "Warning: Idle sleep timings may not behave\n")
    words = "/usr/bin/pmset -c sleep 0 womp 1"
    assert (tmp_path / "asked").read_text().splitlines() == [f"-n -l {words}", f"-n {words}"]


@each_shell
@pytest.mark.parametrize("sudo", [NO_RULE, OTHER_RULE], ids=["no rule", "a rule for something else"])
def test_the_last_line_says_what_to_write(tmp_path: Path, programs: Path, shell: tuple[str, ...], sudo: str) -> None:
    done = set_power(tmp_path, programs, shell, sudo)
    assert done.returncode == 1
    user = getpass.getuser()
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        f"sudo asks {user} for a password to run /usr/bin/pmset; as an administrator of this Mac run "
    )
    rule = r"^-c( (sleep|displaysleep|disksleep|womp|autorestart) [0-9]+)+$"
    assert last.endswith(f": {user} ALL=(root) NOPASSWD: /usr/bin/pmset {rule}")


@each_shell
def test_what_pmset_says_against_it_is_kept(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    done = set_power(tmp_path, programs, shell, PMSET_FAILS)
    assert done.returncode == 3
    assert done.stderr == "'pmset' failed to save energy preferences(error:0xe00002bc)\n"
