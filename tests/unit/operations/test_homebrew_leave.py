"""files/homebrew/leave.sh for real, with a brew of our own, under every kind of sh."""

import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from tests.unit.operations.run_section import SHELLS, program

BREW = """echo "$*" >>"$HOME/asked"
case $1:$3 in
uses:xz) echo theirs; echo krunkit ;;
uses:libkrun) echo libkrun/krun/krunkit ;;
uses:dtc) echo libkrun; echo xz ;;
esac"""
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


@each_shell
def test_what_others_need_or_asked_for_stays(tmp_path: Path, shell: tuple[str, ...]) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "brew", BREW)
    receipt = tmp_path / "Cellar/gvproxy/1/INSTALL_RECEIPT.json"
    receipt.parent.mkdir(parents=True)
    receipt.write_text('{\n  "installed_on_request": true\n}')
    words = [str(folder / "brew"), "krunkit", "podman", "--", "libkrun", "gvproxy", "xz", "dtc"]
    argv = [*shell[:-1], "-c", assets.text("homebrew/leave.sh"), "sh", *words]
    env = {"HOME": str(tmp_path), "PATH": os.defpath}
    ran = subprocess.run(argv, env=env, text=True, capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "asked").read_text().splitlines()[-1] == "uninstall --formula libkrun krunkit podman"
    assert ran.stderr.splitlines() == [
        "gvproxy stays: somebody asked for it",
        "xz stays: theirs needs it",
        "dtc stays: xz needs it",
    ]


@each_shell
def test_a_refusal_of_brew_is_kept(tmp_path: Path, shell: tuple[str, ...]) -> None:
    program(tmp_path, "brew", "echo 'Error: no' >&2; exit 1")
    argv = [*shell[:-1], "-c", assets.text("homebrew/leave.sh"), "sh", str(tmp_path / "brew"), "podman", "--"]
    ran = subprocess.run(argv, env={"PATH": os.defpath}, text=True, capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stderr) == (1, "Error: no\n")
