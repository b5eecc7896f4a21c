"""The build's script, run for real: with stand-ins for podman everywhere, and with podman itself where it is there."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.image import differences
from operations.image.recipe import context_tar, recipes
from operations.image.wish import Images
from operations.stack.wish import Stacks
from tests.unit.operations.made_images import TINY, forget, make_project
from tests.unit.operations.run_section import SHELLS, program

LIST = """for last; do :; done
{ ls -l "$last"; cat "$last/run"; echo "$1"; stat -c %a "$last/.."; } >"$OUT"
"""
SCRIPT_SHELLS = [tuple(word for word in shell if word != "-s") for shell in SHELLS]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    make_project(monkeypatch, tmp_path / "project", TINY)
    (tmp_path / "disk").mkdir()
    (tmp_path / "bin").mkdir()
    yield
    monkeypatch.undo()
    forget()


def start(shell: tuple[str, ...], tmp_path: Path, size: int, text: str) -> "subprocess.Popen[str]":
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    env = {"PATH": path, "TMPDIR": str(tmp_path / "disk"), "OUT": str(tmp_path / "out")}
    argv = [*shell, "-c", assets.text("image/build.sh"), "sh", str(size), "podman", "build"]
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    return process


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    assert process.stderr is not None
    with process.stderr as stream:
        text = stream.read()
    return process.wait(30), text


@pytest.mark.parametrize("shell", SCRIPT_SHELLS, ids=lambda shell: shell[0])
def test_the_whole_context_is_built_and_nothing_left(shell: tuple[str, ...], tmp_path: Path) -> None:
    program(tmp_path / "bin", "podman", LIST)
    context = context_tar("base")
    status, err = ended(start(shell, tmp_path, len(context), base64.b64encode(context).decode()))
    assert (status, err) == (0, "")
    out = (tmp_path / "out").read_text()
    assert "-rwxr-xr-x" in out
    assert "exec sleep 1000\nbuild\n700\n" in out
    assert list((tmp_path / "disk").iterdir()) == []


@pytest.mark.parametrize("shell", SCRIPT_SHELLS, ids=lambda shell: shell[0])
def test_a_part_of_the_context_builds_nothing(shell: tuple[str, ...], tmp_path: Path) -> None:
    program(tmp_path / "bin", "podman", LIST)
    context = context_tar("base")
    text = base64.b64encode(context).decode()
    status, err = ended(start(shell, tmp_path, len(context), text[: len(text) // 8 * 4]))
    assert (status, err) == (75, "only a part of the build context arrived: nothing was built\n")
    assert ended(start(shell, tmp_path, len(context), text[:41]))[0] != 0
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "disk").iterdir()) == []


# A guest's sh is bash or dash; mksh loses the status of a trap.
@pytest.mark.parametrize("shell", [shell for shell in SCRIPT_SHELLS if shell[0] != "mksh"], ids=lambda shell: shell[0])
def test_a_failed_or_ended_build_leaves_nothing(shell: tuple[str, ...], tmp_path: Path) -> None:
    context = context_tar("base")
    text = base64.b64encode(context).decode()
    program(tmp_path / "bin", "podman", "echo no space >&2; exit 125")
    assert ended(start(shell, tmp_path, len(context), text)) == (125, "no space\n")
    program(tmp_path / "bin", "podman", 'touch "$OUT"; exec sleep 60')
    process = start(shell, tmp_path, len(context), text)
    while not (tmp_path / "out").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGTERM)
    assert ended(process)[0] != 0
    assert list((tmp_path / "disk").iterdir()) == []


def test_what_a_killed_build_left_days_ago_goes(tmp_path: Path) -> None:
    program(tmp_path / "bin", "podman", "exit 0")
    for name, days in (("carbon-fleet-build.old", 3), ("carbon-fleet-build.now", 0), ("other", 3)):
        (tmp_path / "disk" / name).mkdir()
        os.utime(tmp_path / "disk" / name, times=(time.time() - days * 86400,) * 2)
    context = context_tar("base")
    assert ended(start(("dash",), tmp_path, len(context), base64.b64encode(context).decode()))[0] == 0
    assert sorted(path.name for path in (tmp_path / "disk").iterdir()) == ["carbon-fleet-build.now", "other"]


@pytest.mark.skipif(shutil.which("podman") is None or os.geteuid() != 0, reason="needs podman, as root")
def test_podman_builds_what_the_next_look_accepts(tmp_path: Path) -> None:
    mac = Mac("m", sections={"images": Images.model_validate_json('{"top-most": {}}'), "stacks": Stacks()})
    # podman refuses a longer path.
    runroot = tempfile.mkdtemp(dir="/tmp")
    storage = ["--root", str(tmp_path / "storage"), "--runroot", runroot]
    program(tmp_path / "bin", "podman", f'exec {shutil.which("podman")} {" ".join(storage)} "$@"')
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(tmp_path / "disk")}
    for finding in differences(mac.section("images", Images), (), World(mac, Snapshot("m"))):
        assert isinstance(finding, Change)
        for command in finding.commands:
            done = subprocess.run(
                command.argv, input=command.stdin, env=env, text=True, capture_output=True, timeout=120
            )
            assert done.returncode == 0, done.stderr
    argv = ["podman", "images", "--no-trunc", "--filter", "label=io.carbon-fleet.inputs", "--format", "json"]
    listed = json.loads(subprocess.run(argv, env=env, text=True, capture_output=True, check=True, timeout=60).stdout)
    seen = {name: item["Labels"]["io.carbon-fleet.inputs"] for item in listed for name in item.get("Names") or ()}
    assert seen == {recipe.tag: recipe.digest for recipe in recipes(mac)}
    shutil.rmtree(runroot)
