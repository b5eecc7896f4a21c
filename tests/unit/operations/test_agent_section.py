"""files/probe/agent.sh and files/launchd for real, with a launchctl of our own, under every kind of sh."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from operations.agent import AgentSeen, read
from tests.unit.operations.run_section import SHELLS, program, run_section

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
LABEL = "io.carbon-fleet.drift"
LAUNCHCTL = """echo "$*" >>"$HOME/asked"
case $1:$2 in
print:system/*) exit 113 ;;
print:gui/*/*) [ -e "$HOME/loaded" ] || exit 113 ;;
print:gui/*) [ ! -e "$HOME/nobody" ] || exit 125 ;;
print-disabled:*) [ ! -e "$HOME/disabled" ] || printf '\\t\\t"io.carbon-fleet.drift" => disabled\\n' ;;
bootout:*) [ -e "$HOME/stuck" ] || rm -f "$HOME/loaded" ;;
bootstrap:*) touch "$HOME/loaded" ;;
enable:*) rm -f "$HOME/disabled" ;;
esac"""
PLUTIL = '[ "$1" = -lint ] && grep -q plist "$2"'


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "launchctl", LAUNCHCTL)
    program(folder, "plutil", PLUTIL)
    program(folder, "getconf", "echo /var/folders/x/T/")
    program(folder, "sleep", ":")
    return folder


def asked(home: Path) -> list[str]:
    return (home / "asked").read_text().splitlines() if (home / "asked").exists() else []


def look(shell: tuple[str, ...], home: Path, programs: Path, ask: str = "yes") -> AgentSeen:
    variables = {"CF_AGENT_ASKED": ask, "CF_AGENT_PROGRAM": "~/program", "CF_AGENT_LAB": "/no/lab.yml"}
    variables |= {"CF_AGENT_PULL_PROGRAM": "", "CF_AGENT_SIGNERS": "~/signers", "CF_AGENT_CA": "~/ca"}
    return read(run_section(shell, "agent", variables, home=home, programs=programs))


@each_shell
def test_the_section_for_real(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    for name in ("loaded", "disabled", "program", "signers", "ca"):
        (tmp_path / name).touch()
    seen = look(shell, tmp_path, programs)
    assert (seen.home, seen.temporary, seen.screen) == (str(tmp_path), "/var/folders/x/T/", True)
    assert seen.there == {"~/program", "~/signers", "~/ca"}
    assert [(job.loaded, job.disabled) for job in seen.jobs.values()] == [
        (True, False),
        (True, True),
        (True, False),
        (False, False),
    ]


@each_shell
def test_a_lab_that_manages_none_asks_launchd_nothing(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    look(shell, tmp_path, programs, "no")
    assert asked(tmp_path) == []
    file = tmp_path / f"Library/LaunchAgents/{LABEL}.plist"
    file.parent.mkdir(parents=True)
    file.write_text("left over")
    seen = look(shell, tmp_path, programs, "no")
    assert seen.jobs["drift"].file.content == b"left over"
    assert asked(tmp_path)


def run(
    name: str, shell: tuple[str, ...], home: Path, programs: Path, *words: str
) -> "subprocess.CompletedProcess[str]":
    argv = [*shell[:-1], "-c", assets.text(f"launchd/{name}.sh"), "sh", *words]
    env = {"HOME": str(home), "PATH": f"{programs}:{os.defpath}"}
    return subprocess.run(argv, env=env, text=True, capture_output=True, timeout=30, check=False)


@each_shell
def test_an_agent_is_loaded_unloaded_and_removed(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    file = tmp_path / "a.plist"
    file.write_text("<plist/>")
    (tmp_path / "disabled").touch()
    words = ("gui/501", LABEL, str(file))
    assert run("load", shell, tmp_path, programs, *words, "yes").returncode == 0
    assert (tmp_path / "loaded").exists()
    assert not (tmp_path / "disabled").exists()
    assert run("load", shell, tmp_path, programs, *words, "yes").returncode == 0, "loaded already: nothing to do"
    assert run("unload", shell, tmp_path, programs, "gui/501", LABEL).returncode == 0
    assert run("unload", shell, tmp_path, programs, "gui/501", LABEL).returncode == 0
    assert run("remove", shell, tmp_path, programs, *words).returncode == 0
    assert not file.exists()
    assert not (tmp_path / "loaded").exists()


@each_shell
def test_a_broken_file_is_not_loaded(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    (tmp_path / "a").write_text("rubbish")
    assert run("load", shell, tmp_path, programs, "gui/501", LABEL, str(tmp_path / "a"), "yes").returncode == 1
    assert asked(tmp_path) == []


@each_shell
def test_an_agent_that_stays_is_named(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    for name in ("loaded", "stuck"):
        (tmp_path / name).touch()
    ran = run("unload", shell, tmp_path, programs, "gui/501", LABEL)
    assert ran.returncode == 1
    assert f"launchctl bootout gui/501/{LABEL}" in ran.stderr.splitlines()[-1]


SUDO = """shift
list=no
if [ "$1" = -l ]; then list=yes; shift; fi
if [ -e "$HOME/asks" ] && { [ "$list" = no ] || [ ! -e "$HOME/lists" ]; }; then
    echo 'sudo: a password is required' >&2
    exit 1
fi
[ "$list" = no ] || exit 0
printf '%s\\n' "$*" >>"$HOME/as-root"
case $1 in
/usr/bin/install) cp "$8" "$9" ;;
/bin/launchctl) shift; launchctl "$@" ;;
/bin/rm) rm -f "$3" ;;
esac"""
BOOT = "io.carbon-fleet.boot"


def daemon(verb: str, shell: tuple[str, ...], home: Path, programs: Path) -> "subprocess.CompletedProcess[str]":
    program(programs, "sudo", SUDO)
    told = LAUNCHCTL.replace("print:system/*) exit 113 ;;", 'print:system/*) [ -e "$HOME/loaded" ] || exit 113 ;;')
    program(programs, "launchctl", told)
    return run("daemon", shell, home, programs, verb, BOOT, str(home / "put.plist"), str(home / "staged"))


@each_shell
def test_a_daemon_is_put_there_as_root_and_taken_away(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    for _ in range(2):
        (tmp_path / "staged").write_text("<plist/>")
        assert daemon("put", shell, tmp_path, programs).returncode == 0
        assert ((tmp_path / "put.plist").read_text(), (tmp_path / "loaded").exists()) == ("<plist/>", True)
        assert not (tmp_path / "staged").exists()
    as_root = (tmp_path / "as-root").read_text().splitlines()
    install = f"/usr/bin/install -o root -g wheel -m 0644 {tmp_path}/staged {tmp_path}/put.plist"
    first = [f"/bin/launchctl enable system/{BOOT}", install, f"/bin/launchctl bootstrap system {tmp_path}/put.plist"]
    assert as_root == [*first, f"/bin/launchctl bootout system/{BOOT}", *first], "what is loaded is what lies there"
    assert daemon("remove", shell, tmp_path, programs).returncode == 0
    assert not (tmp_path / "put.plist").exists()
    assert not (tmp_path / "loaded").exists()


@each_shell
@pytest.mark.parametrize("lists", [True, False], ids=["listed", "not listed"])
def test_where_sudo_asks_nothing_is_done_and_what_to_type_is_told(
    tmp_path: Path, programs: Path, shell: tuple[str, ...], lists: bool
) -> None:
    (tmp_path / "staged").write_text("<plist/>")
    (tmp_path / "asks").touch()
    if lists:
        (tmp_path / "lists").touch()
    ran = daemon("put", shell, tmp_path, programs)
    assert ran.returncode == 77
    said = ran.stderr.splitlines()[-1]
    assert f"sudo install -o root -g wheel -m 0644 '{tmp_path}/staged' '{tmp_path}/put.plist'" in said
    assert f"&& sudo launchctl bootstrap system '{tmp_path}/put.plist'" in said
    assert not (tmp_path / "as-root").exists()
    assert daemon("remove", shell, tmp_path, programs).returncode == 77


@each_shell
def test_a_daemon_that_is_no_property_list_is_not_put_there(
    tmp_path: Path, programs: Path, shell: tuple[str, ...]
) -> None:
    (tmp_path / "staged").write_text("rubbish")
    assert daemon("put", shell, tmp_path, programs).returncode == 1
    assert not (tmp_path / "as-root").exists()


@each_shell
@pytest.mark.parametrize(("says", "status"), [("{}", 2), ("", 78)])
def test_the_last_report_is_kept_whole(
    tmp_path: Path, programs: Path, shell: tuple[str, ...], says: str, status: int
) -> None:
    folder = tmp_path / ".local/state/carbon-fleet"
    folder.mkdir(parents=True)
    (folder / "drift.json").write_text('{"old": 1}')
    program(programs, "fleet", f'echo "$*" >"$HOME/words"; printf %s \'{says}\'; exit {status}')
    words = ("drift", "lab.yml", "--limit", "mac-01", "--json", "--quiet")
    ran = run("report", shell, tmp_path, programs, "drift", "0", f"{programs}/fleet", *words)
    assert ran.returncode == status
    assert (tmp_path / "words").read_text() == "drift lab.yml --limit mac-01 --json --quiet\n"
    assert json.loads((folder / "drift.json").read_text()) == (json.loads(says) if says else {"old": 1})
    assert [path.name for path in folder.iterdir()] == ["drift.json"]
