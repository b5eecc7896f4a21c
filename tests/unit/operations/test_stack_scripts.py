"""The stack's scripts, run for real under every POSIX sh, with stand-ins for systemctl and podman."""

import os
import subprocess
from pathlib import Path

import pytest

from operations.stack.seen import Kept, read
from operations.stack.update import script
from tests.unit.operations.run_section import SHELLS, program, run_section

SYSTEMCTL = """case $3 in
--property=ActiveState) n=$(($(cat "$STATE/n" 2>/dev/null || echo 0) + 1)); echo $n >"$STATE/n"
    if [ -e "$STATE/active$n" ]; then cat "$STATE/active$n"; else cat "$STATE/active"; fi ;;
--property=NRestarts) # once asked, as many again have happened; "earlier" ones happened before anybody asked
    cat "$STATE/restarts" 2>/dev/null || cat "$STATE/earlier" 2>/dev/null || exit 0
    [ ! -f "$STATE/restarts" ] || echo $(($(cat "$STATE/restarts") * 2)) >"$STATE/restarts" ;;
esac"""
PODMAN = """case "$*" in
*State.Health*) cat "$STATE/health" ;;
*State.Status*) cat "$STATE/status" 2>/dev/null || exit 125 ;;
"healthcheck run"*) echo asked >>"$STATE/asked"; cp "$STATE/after-asking" "$STATE/health" 2>/dev/null ;;
esac"""
PODMAN_LISTS = """case "$*" in
"ps -a --no-trunc --format json") echo "[]" ;;
"volume ls --format json") echo '[{"Name": "more", "Labels": {"io.carbon-fleet.stack": "old"}}, {"Name": "x"}]' ;;
*) exit 9 ;;
esac"""
WAIT_SHELLS = [tuple(word for word in shell if word != "-s") for shell in SHELLS]


def wait(shell: tuple[str, ...], folder: Path, *arguments: str, **state: str) -> "subprocess.CompletedProcess[str]":
    for name, text in state.items():
        (folder / name.replace("_", "-")).write_text(text)
    program(folder, "systemctl", SYSTEMCTL)
    program(folder, "podman", PODMAN)
    program(folder, "journalctl", 'echo "conmon x"; echo "event UTC m=+1"; echo "cannot bind"; echo "$*"')
    return subprocess.run(
        [
            *shell,
            "-c",
            script("wait"),
            "sh",
            "u.service",
            "box",
            *arguments,
            "shop",
            f"{folder}/kept",
            f"{folder}/units",
        ],
        env={"PATH": f"{folder}:{os.defpath}", "STATE": str(folder)},
        text=True,
        capture_output=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("shell", WAIT_SHELLS, ids=lambda shell: shell[0])
def test_waiting_ends_well(shell: tuple[str, ...], tmp_path: Path) -> None:
    done = wait(shell, tmp_path, "9", "running", "0", active="active", status="running", active1="activating")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "n").read_text() == "2\n"
    assert wait(shell, tmp_path, "9", "healthy", "0", health="healthy").returncode == 0
    assert not (tmp_path / "asked").exists()
    assert wait(shell, tmp_path, "9", "healthy", "5", health="starting", after_asking="healthy").returncode == 0
    assert (tmp_path / "asked").read_text() == "asked\n"


def last(done: "subprocess.CompletedProcess[str]") -> str:
    """The line people are shown when a command fails."""
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("shell", WAIT_SHELLS, ids=lambda shell: shell[0])
def test_restarts_before_the_cause_was_mended_do_not_count(shell: tuple[str, ...], tmp_path: Path) -> None:
    done = wait(
        shell, tmp_path, "9", "running", "0", active="active", status="running", earlier="30", active1="activating"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", WAIT_SHELLS, ids=lambda shell: shell[0])
def test_waiting_says_why_not(shell: tuple[str, ...], tmp_path: Path) -> None:
    done = wait(shell, tmp_path, "9", "healthy", "0", active="active", status="running", health="unhealthy")
    assert done.returncode == 1
    assert done.stderr == (
        "box: the last lines of its journal:\ncannot bind\n"
        "--no-pager --output=cat --lines=60 CONTAINER_NAME=box + _SYSTEMD_UNIT=u.service + UNIT=u.service\n"
        "box: unhealthy after 0 s (u.service is active)\n"
    )
    done = wait(shell, tmp_path, "1", "healthy", "0", health="starting")
    assert last(done).startswith("box: still starting though it may take 1 s after")
    (tmp_path / "status").unlink()
    done = wait(shell, tmp_path, "0", "running", "0")
    assert last(done).startswith("box: still missing though")
    done = wait(shell, tmp_path, "9", "running", "0", active="failed")
    assert last(done).startswith("box: it does not stay up after 0 s (u.service is failed)")
    done = wait(shell, tmp_path, "9", "running", "0", active="activating", restarts="3")
    assert last(done).startswith("box: it does not stay up")


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_section_in_every_shell(shell: tuple[str, ...], tmp_path: Path) -> None:
    units, programs = tmp_path / "units of", tmp_path / "bin"
    units.mkdir()
    programs.mkdir()
    (units / "carbon-fleet-a-b.container").write_text("text\nwithout an end")
    (units / "carbon-fleet-l.container").symlink_to("nowhere")
    (units / "other.container").write_text("x")
    program(programs, "systemctl", 'for word; do printf "Id=%s\\nActiveState=active\\n\\n" "$word"; done')
    program(programs, "podman", PODMAN_LISTS)
    for name in ("kept/shop/good", "kept/shop/previous", "kept/shop/next", "kept/old"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("data", "more"):
        (tmp_path / "store" / name / "_data").mkdir(parents=True)
    (tmp_path / "kept/shop/good/a.container").write_text("Image=b:1\n\nVolume=a:/b\n")
    (tmp_path / "kept/shop/previous/a.container").write_text("Image=b:0\n")
    (tmp_path / "kept/shop/next/a.container").write_text("half")
    asks = {"CF_STACK_FOLDER": str(units), "CF_STACK_UNITS": "a.service b.service"}
    asks |= {"CF_STACK_KEPT": f"{tmp_path}/kept", "CF_STACK_STORE": f"{tmp_path}/store", "CF_STACK_VOLUMES": "data"}
    asks |= {"CF_STACK_LABELS": "/nowhere", "CF_STACK_SECRETS": ""}
    seen = read(run_section(shell, "stack", asks, home=tmp_path, programs=programs))
    assert {Path(path).name: file.kind for path, file in seen.files.items()} == {
        "carbon-fleet-a-b.container": "regular",
        "carbon-fleet-l.container": "link",
    }
    assert seen.files[f"{units}/carbon-fleet-a-b.container"].content == b"text\nwithout an end"
    assert list(seen.services) == [
        "show",
        "--property=Id,LoadState,ActiveState,SubState,NRestarts,NeedDaemonReload,SourcePath",
        "a.service",
        "b.service",
        "carbon-fleet-*.service",
    ]
    before, now = {"a.container": "Image=b:0\n"}, {"a.container": "Image=b:1\n\nVolume=a:/b\n"}
    assert seen.kept == {"old": Kept(), "shop": Kept(now, before)}
    assert seen.volumes == {"data": "", "more": "old"}
    nothing = {**asks, "CF_STACK_FOLDER": "/nowhere", "CF_STACK_UNITS": "", "CF_STACK_KEPT": "/nowhere"}
    empty = read(run_section(shell, "stack", nothing, home=tmp_path, programs=programs))
    assert (empty.files, empty.kept) == ({}, {})
