"""files/probe/native.sh for real, with a launchctl of our own, under every kind of sh."""

import base64
import os
import time
from pathlib import Path

import pytest

from carbon_fleet.snapshot import Unreadable
from carbon_fleet.snapshot.volatile import settled
from operations.native import read
from tests.unit.operations.run_section import SHELLS, program, run_section

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
LAUNCHCTL = r"""
case $1:$2 in
print-disabled:*) printf '\t\t"io.carbon-fleet.native.off" => disabled\n' ;;
print:gui/*/io.carbon-fleet.native.shop-web)
    printf 'x = {\n\tstate = running\n\tpid = %s\n\tlast exit code = (never exited)\n' "$PID_OF_IT"
    printf '\tin = {\n\t\tpid = 1\n\t}\n}\n'
    ;;
print:gui/*/io.carbon-fleet.native.off) printf 'x = {\n\tstate = not running\n\tlast exit code = 78: EX_CONFIG\n}\n' ;;
print:user/*/homebrew.mxcl.nginx) printf 'x = {\n\tpid = 77\n}\n' ;;
print:gui/*/*) exit 113 ;;
print:gui/*) [ ! -e "$HOME/nobody" ] || exit 125 ;;
print:*) exit 113 ;;
esac"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    agents = tmp_path / "Library/LaunchAgents"
    agents.mkdir(parents=True)
    for name in ("shop-web", "off"):
        (agents / f"io.carbon-fleet.native.{name}.plist").write_text(f"<plist>{name}</plist>")
    (agents / "io.carbon-fleet.drift.plist").write_text("another's")
    notes = tmp_path / ".local/state/carbon-fleet/native"
    notes.mkdir(parents=True)
    (notes / "shop-web.started").write_text(f"{os.getpid()} d1 token:p1,key:p2\n")
    (tmp_path / ".local/share/carbon-fleet/native/shop/my data").mkdir(parents=True)
    models = tmp_path / ".local/share/carbon-fleet/models"
    models.mkdir()
    for name in ("a" * 64, "b" * 64):
        (models / name).write_text("weights")
    state = (models / ("a" * 64)).stat()
    (models / f"{'a' * 64}.checked").write_text(f"{state.st_size} {int(state.st_mtime)} {state.st_ino}\n")
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "launchctl", LAUNCHCTL)
    return tmp_path


def asked(script: str = "echo fine", wait: int = 20) -> dict[str, str]:
    encoded = base64.b64encode(script.encode()).decode()
    lines = f"shop-web {wait} {encoded}\nshop-bare 20 -\n"
    bringers = "formula:nginx environment:ml formula:gone"
    return {"CF_NATIVE_ASKED": lines, "CF_NATIVE_FORMULAE": "nginx", "CF_NATIVE_BRINGERS": bringers}


def look(home: Path, shell: tuple[str, ...], variables: dict[str, str]):  # type: ignore[no-untyped-def]
    env = {"PID_OF_IT": str(os.getpid())}
    variables = {**variables, "CF_PREFIX": str(home / "brew")}
    return run_section(shell, "native", variables, home=home, programs=home / "bin", env=env)


@each_shell
def test_the_section_for_real(home: Path, shell: tuple[str, ...]) -> None:
    seen = read(look(home, shell, asked()))
    assert (seen.uid, seen.home, seen.screen) == (os.getuid(), str(home), True)
    assert sorted(seen.jobs) == ["off", "shop-bare", "shop-web"]
    web, off, bare = seen.jobs["shop-web"], seen.jobs["off"], seen.jobs["shop-bare"]
    assert (web.loaded, web.pid, web.definition, web.secrets) == (True, os.getpid(), "d1", {"token": "p1", "key": "p2"})
    assert (web.health, web.said, web.file.content) == (0, "fine", b"<plist>shop-web</plist>")
    assert (off.loaded, off.disabled, off.pid, off.last, off.health) == (True, True, None, "78", None)
    assert (bare.loaded, bare.file.kind) == (False, "absent")
    assert seen.volumes == {"shop/my data"}
    assert seen.models == {"a" * 64: True, "b" * 64: False}
    assert seen.services == {"nginx": 77}


@each_shell
def test_since_when_what_brings_programs_is_there(home: Path, shell: tuple[str, ...]) -> None:
    """Homebrew's link itself, not the keg it leads to; an environment's note, wherever its name leads."""
    (home / "brew/opt").mkdir(parents=True)
    link = home / "brew/opt/nginx"
    link.symlink_to("../Cellar/nginx/1.0")
    os.utime(link, (time.time() - 500,) * 2, follow_symlinks=False)
    environments = home / ".local/share/carbon-fleet/environments"
    note = environments / ".made/ml.a/carbon-fleet.note"
    note.parent.mkdir(parents=True)
    note.touch()
    (environments / "ml").symlink_to(".made/ml.a")
    os.utime(note, (time.time() - 90,) * 2)
    came = read(look(home, shell, asked())).came
    assert sorted(came) == ["environment:ml", "formula:nginx"]
    assert 500 <= came["formula:nginx"] < 560
    assert 90 <= came["environment:ml"] < 150


@each_shell
def test_one_that_does_not_work_says_why_and_one_that_hangs_is_ended(home: Path, shell: tuple[str, ...]) -> None:
    web = read(look(home, shell, asked("echo first; echo it is broken >&2; exit 3"))).jobs["shop-web"]
    assert (web.health, web.said) == (3, "it is broken")
    web = read(look(home, shell, asked("exec sleep 60", wait=1))).jobs["shop-web"]
    assert web.health == 124


def test_what_another_process_was_started_with_does_not_count(home: Path) -> None:
    (home / ".local/state/carbon-fleet/native/shop-web.started").write_text("1 d1 token:p1\n")
    web = read(look(home, SHELLS[0], asked())).jobs["shop-web"]
    assert (web.definition, dict(web.secrets)) == ("", {})


def test_with_nobody_at_the_screen_that_is_seen(home: Path) -> None:
    (home / "nobody").touch()
    assert read(look(home, SHELLS[0], asked())).screen is False


def test_launchctl_in_other_words_is_unreadable(home: Path) -> None:
    program(home / "bin", "launchctl", "exit 1")
    with pytest.raises(Unreadable):
        read(look(home, SHELLS[0], asked()))


def test_processes_and_ages_count_in_no_digest(home: Path) -> None:
    section = look(home, SHELLS[0], asked("echo fine $$"))
    told = settled(section)
    assert told["health"] == ["shop-web 0"]
    assert told["started"] == ["shop-web d1 token:p1,key:p2"]
    assert "job shop-web 0 True" in told["launchd"]
    assert (told.get("process"), told.get("came"), told["since"]) == (None, None, None)
