"""What a shell completes: asked of a real bash that runs the script the verb prints, and of what it asks in turn."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from carbon_fleet.report.document import Report
from carbon_fleet.runs.keep import keep

PROGRAM = Path(sys.executable).with_name("carbon-fleet")
LAB = """
lab: brisbane
groups: {canary: {}, teaching: {}}
macs:
  mac-01: {host: 10.0.0.1, user: lab, groups: [canary]}
  mac-02: {host: 10.0.0.2, user: lab, grops: [teaching]}
"""
ASK = """
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_carbon_fleet_completion carbon-fleet
printf '%s\\n' "${COMPREPLY[@]}"
"""


def carbon_fleet(*words: str, shell: str = "/bin/bash") -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "SHELL": shell}
    return subprocess.run([PROGRAM, *words], env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the script for bash, a lab file (with a mistake), one that is none, and a kept run."""
    folder = tmp_path_factory.mktemp("completion")
    said = carbon_fleet("completion")
    assert (said.returncode, said.stderr) == (0, "")
    (folder / "script").write_text(said.stdout)
    (folder / "lab.yml").write_text(LAB)
    (folder / "broken.yml").write_text("{ macs: [\x00")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBON_STATE", str(folder / "state"))
        started = "2026-11-20T10:00:00+00:00"
        keep(Report("drift", "brisbane", "lab.yml", started, run="20261120T100000Z-3fa9c1"))
    return folder


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("secret ro", ["rotate"]),
        ("probe lab.yml ", ["mac-01", "mac-02"]),
        ("plan lab.yml --limit ", ["canary", "teaching", "mac-01", "mac-02"]),
        ("plan lab.yml --limit mac-01,", ["mac-01,canary", "mac-01,teaching", "mac-01,mac-02"]),
        ("apply lab.yml --canary ", ["by-class", "canary", "teaching", "mac-01", "mac-02"]),
        ("diff 2026", ["20261120T100000Z-3fa9c1"]),
        ("probe broken.yml ", [""]),
    ],
)
def test_bash_is_offered(folder: Path, line: str, offered: list[str]) -> None:
    words = [str(folder / "script"), "carbon-fleet", *line.split(" ")]
    env = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "CARBON_STATE": str(folder / "state")}
    asked = ["bash", "--norc", "-c", ASK, "bash", *words]
    done = subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.split("\n")[:-1], done.stderr) == (offered, "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    said = carbon_fleet("completion", shell)
    assert (said.returncode, f"complete_{shell}" in said.stdout) == (0, True)


def test_another_shell_is_told_which_there_are() -> None:
    for words, shell, told in ((["tcsh"], "", "`tcsh` is no shell"), ([], "", "SHELL does not say")):
        said = carbon_fleet("completion", *words, shell=shell)
        assert (said.returncode, said.stdout) == (64, "")
        assert told in said.stderr
        assert "carbon-fleet completion bash|zsh|fish" in said.stderr
