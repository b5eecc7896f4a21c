"""Commands of a host that runs its containers itself: root by sudo, every value as it was, within the deadline."""

import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet.plan import guest, render
from carbon_fleet.snapshot import HERE
from tests.unit.operations.run_section import program

ODD = ("a b", "it's", '"q"', "$HOME", "back\\slash", "", "*", "ünï", "line\nbreak")
SUDO = '[ "$1 $2 $3" = "-n -H --" ] || exit 64; shift 3; echo asked >>"$ASKED"; exec "$@"'


def run(folder: Path, uid: int, *argv: str, stdin: str = "", **more: object) -> "subprocess.CompletedProcess[str]":
    program(folder, "sudo", SUDO)
    program(folder, "id", f"echo {uid}")
    line = render(guest(*argv, **more), HERE).replace("PATH=/opt/homebrew/bin", f"PATH={folder}:/opt/homebrew/bin", 1)
    env = {"HOME": str(folder), "PATH": os.defpath, "ASKED": str(folder / "asked")}
    return subprocess.run(
        ["/bin/sh", "-c", line], input=stdin, capture_output=True, text=True, timeout=30, check=False, env=env
    )


@pytest.mark.parametrize(("uid", "asked"), [(1000, True), (0, False)])
def test_every_value_comes_as_it_was(tmp_path: Path, uid: int, asked: bool) -> None:
    done = run(tmp_path, uid, "/usr/bin/perl", "-e", 'print join("\\0", @ARGV)', "--", *ODD)
    assert (done.returncode, done.stdout.split("\0")) == (0, list(ODD))
    assert (tmp_path / "asked").exists() is asked


def test_input_and_environment_and_status(tmp_path: Path) -> None:
    done = run(tmp_path, 1000, "/bin/sh", "-c", 'cat; echo "$WORD"; exit 7', stdin="said\n", env={"WORD": "one two"})
    assert (done.returncode, done.stdout) == (7, "said\none two\n")


def test_a_deadline_ends_it(tmp_path: Path) -> None:
    assert run(tmp_path, 1000, "sleep", "20", deadline=1).returncode == 124


def test_what_is_fed_comes_from_the_host_itself(tmp_path: Path) -> None:
    done = run(tmp_path, 1000, "cat", fed=("printf", "%s", "a b"))
    assert (done.returncode, done.stdout) == (0, "a b")
