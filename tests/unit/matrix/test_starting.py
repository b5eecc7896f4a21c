"""How a runtime has its turn: by which commands, what may be started, and what a turn's answer says."""

import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from carbon_fleet import assets
from carbon_fleet.matrix import judging
from carbon_fleet.matrix.look import TERMS, script
from carbon_fleet.matrix.runtimes import (
    APPLE,
    APPLEHV,
    COLIMA,
    DOCKER,
    LIBKRUN,
    LIMA,
    NATIVE,
    Seen,
    Verdict,
)
from carbon_fleet.matrix.starting import ORDER, Turn, startable, turn_command, turned
from carbon_fleet.matrix.trying import Tried, try_command
from carbon_fleet.snapshot import Unreadable
from operations.image.recipe import Recipe
from tests.unit.matrix.test_look import block
from tests.unit.operations.run_section import SHELLS, program
from tests.unit.prove.fixtures import proof

RECIPE = Recipe("vulkan-check", "ab" * 32, ())
BREW = "/opt/homebrew/bin"
STOPPED = {
    DOCKER: Seen(DOCKER, True, "4.51.0", False, "/usr/local/bin/docker", "unix:///Users/lab/.docker/run/docker.sock"),
    APPLEHV: Seen(APPLEHV, True, "6.1.1", False, f"{BREW}/podman", "plain-root", "plain"),
    LIBKRUN: Seen(LIBKRUN, True, "6.1.1", False, f"{BREW}/podman", "carbon-root", "carbon"),
    LIMA: Seen(LIMA, True, "2.2.0", False, f"{BREW}/limactl", "", "it's", kind="krunkit"),
    COLIMA: Seen(COLIMA, True, "0.10.3", False, f"{BREW}/colima", "", "ai", kind="krunkit"),
    APPLE: Seen(APPLE, True, "1.1.0", False, f"{BREW}/container"),
}


def value(seen: Seen, name: str) -> str:
    """A variable of the script that gives a runtime its turn, as a shell reads it."""
    text = turn_command(seen, RECIPE, software=False).stdin or ""
    line = next(line for line in text.split("\n") if line.startswith(f"{name}="))
    whole = text[text.index(line) :]
    return next(iter(shlex.split(whole[: whole.index("\nCF_", 1)]))).partition("=")[2]


@pytest.mark.parametrize(
    ("runtime", "start", "stop"),
    [
        (APPLE, f"{BREW}/container system start --disable-kernel-install", f"{BREW}/container system stop"),
        (LIMA, f"{BREW}/limactl start --tty=false 'it'\"'\"'s'", f"{BREW}/limactl stop 'it'\"'\"'s'"),
        (
            COLIMA,
            f"{BREW}/colima start --profile ai --activate=false --save-config=false",
            f"{BREW}/colima stop --profile ai",
        ),
    ],
)
def test_each_is_started_and_stopped_by_its_own_command(runtime: str, start: str, stop: str) -> None:
    assert (value(STOPPED[runtime], "CF_START"), value(STOPPED[runtime], "CF_STOP")) == (start, stop)


@pytest.mark.parametrize("runtime", [APPLEHV, LIBKRUN])
def test_a_podman_machine_is_started_under_its_provider(runtime: str) -> None:
    provider = runtime.removeprefix("podman-")
    words = shlex.split(value(STOPPED[runtime], "CF_START"))
    assert words[:2] == ["env", f"CONTAINERS_MACHINE_PROVIDER={provider}"]
    assert words[-4:] == ["podman", "machine", "start", STOPPED[runtime].name]
    assert turn_command(STOPPED[runtime], RECIPE, software=False).env == {
        "CONTAINER_CONNECTION": STOPPED[runtime].server
    }


def test_only_what_is_known_to_be_stopped_is_started() -> None:
    assert all(startable(seen) for seen in STOPPED.values())
    assert set(STOPPED) == set(ORDER)
    for runtime in ORDER:
        seen = STOPPED[runtime]
        assert not startable(Seen(runtime, True, seen.version, True, seen.cli, seen.server, seen.name))
        assert not startable(Seen(runtime, True, seen.version, None, seen.cli, seen.server, seen.name))
        assert not startable(Seen(runtime))
    assert not startable(Seen(DOCKER, True, "4.51.0", False, "docker", "unix:///s", barred=TERMS))
    assert not startable(Seen(NATIVE, True, "1"))


def test_without_try_a_stopped_one_is_left_and_says_so() -> None:
    for seen in STOPPED.values():
        entry = judging.untried(seen, RECIPE, native=False)
        assert entry is not None
        assert "--try" in entry.remedy
        assert judging.untried(seen, RECIPE, native=False, busy="") is None
    entry = judging.untried(Seen(DOCKER, True, "4.51.0", False, "docker", "x", barred=TERMS), RECIPE, native=False)
    assert entry is not None
    assert "nobody has accepted its terms" in entry.why


def test_no_second_podman_machine_is_started() -> None:
    for runtime in (APPLEHV, LIBKRUN):
        entry = judging.untried(STOPPED[runtime], RECIPE, native=False, busy="other")
        assert entry is not None
        assert "the machine other runs" in entry.why
    assert judging.untried(STOPPED[DOCKER], RECIPE, native=False, busy="other") is None


def answer(*lines: str) -> tuple[str, ...]:
    return ("%carbon-probe 1", "%section turn", *lines, "%end turn 0", "%done")


def test_what_a_turn_said() -> None:
    up, down = block("start", "Starting"), block("stop")
    good = turned(answer(*up, "milliseconds=2345", "image=absent", *down))
    assert (good.seconds, good.left) == (2.345, "")
    assert good.tried is not None
    assert good.tried.image == "absent"
    failed = turned(answer(*block("start", "a reason", status=1), *down))
    assert (failed.seconds, failed.said, failed.tried) == (None, "a reason", None)
    hung = turned(answer(*block("start", status=124), *block("stop", "no", status=1)))
    assert (hung.said, hung.left) == ("no end within its deadline", "no")
    ran_on = turned(answer(*up, "milliseconds=1", "image=absent", *down, "still=0"))
    assert ran_on.left == "it ran on after its stop"
    with pytest.raises(Unreadable):
        turned(answer(*up)[:-1])


def test_what_a_person_started_since_the_look_is_theirs() -> None:
    turn = turned(answer("theirs=yes", "image=absent"))
    assert (turn.theirs, turn.seconds, turn.left, turn.tried) == (True, None, "", Tried("absent"))
    entry = judging.of_turn(STOPPED[LIMA], turn, RECIPE, "carbon", software=False)
    assert (entry.starts_in, "image not there" in entry.why) == (None, True)
    unsure = turned(answer("theirs=unknown"))
    assert (unsure.theirs, unsure.tried) == (True, None)
    entry = judging.of_turn(STOPPED[LIMA], unsure, RECIPE, "carbon", software=False)
    assert entry.why == "whether it still does not run could not be told: it was not started"


TOLD = {
    "docker-desktop": ("unused", (None, 1)),
    "podman-libkrun": ("echo $CONTAINERS_MACHINE_PROVIDER $* | grep -q 'libkrun .* carbon' && echo {}", ("running", 0)),
    "podman-applehv": ("echo {}", ("starting", 0)),
    "lima": (
        'echo \'{{"name": "other", "status": "Running"}}\'; echo \'{{"name": "carbon", "status": "{}"}}\'',
        ("Running", 0),
    ),
    "colima": ('echo \'{{"name": "carbon", "status": "{}"}}\'', ("Stopped", 1)),
    "apple-container": ("echo apiserver is {}; exit 1", ("running", 0)),
}
"""For each runtime a program in its command's place, a state it tells of, and how the script ends then."""


@pytest.mark.parametrize("shell", SHELLS[:2], ids=lambda shell: str(shell[0]))
@pytest.mark.parametrize("runtime", TOLD)
def test_whether_one_runs_is_asked_of_itself(tmp_path: Path, runtime: str, shell: tuple[str, ...]) -> None:
    text, (state, status) = TOLD[runtime]
    states = {state: status}
    if state:
        states |= {"stopped" if runtime != "lima" else "Stopped": 1, "what": 1 if "lima" in runtime else 2}
    for one, expected in states.items():
        program(tmp_path, "cli", text.format(one))
        words = (assets.text("matrix/runs.sh"), "sh", runtime, str(tmp_path / "cli"), "carbon", "/nowhere")
        assert subprocess.run([*shell[:-1], "-c", *words], check=False, timeout=60).returncode == expected


def test_a_turns_entry_has_its_seconds() -> None:
    seen = STOPPED[LIMA]
    entry = judging.of_turn(
        seen, Turn(3.5, tried=Tried("there", "", proof("ok-apple"))), RECIPE, "carbon", software=False
    )
    assert (entry.verdict, entry.starts_in, entry.through) == (Verdict.GPU, 3.5, "venus")
    entry = judging.of_turn(seen, Turn(said="no krunkit"), RECIPE, "carbon", software=False)
    assert (entry.verdict, entry.starts_in) == (Verdict.UNMEASURED, None)
    assert "it did not start: no krunkit" in entry.why


@pytest.mark.parametrize(("runtime", "word"), [(LIMA, "shell"), (COLIMA, "ssh")])
def test_an_engine_inside_is_called_in_its_machine(runtime: str, word: str) -> None:
    seen = STOPPED[runtime]
    text = try_command(seen, RECIPE, software=True).stdin or ""
    assert f"{seen.cli} {word} " in text
    entry = judging.of_engine(
        seen, Tried("absent", said=f"{judging.NO_ENGINE} in the virtual machine"), RECIPE, "c", software=True
    )
    assert entry.why.startswith(judging.NO_ENGINE)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_the_keeper_stops_what_was_started_when_its_shell_is_killed(tmp_path: Path, shell: tuple[str, ...]) -> None:
    """For real: an engine that is a file, a try that hangs, and kill -9 of the shell over both."""
    home = shlex.quote(str(tmp_path))
    engine = f"/bin/sh -c 'cd {home}; echo \"$*\" >>calls; case $1 in image) touch tried; sleep 300 ;; esac' engine"
    start, stop = f"cd {home}; echo start >>calls; touch up", f"cd {home}; echo stop >>calls; rm up"
    limits = {"CF_START_SECONDS": "20", "CF_STOP_SECONDS": "20"}
    variables = {"CF_ENGINE": engine, "CF_IMAGE": "i", "CF_DIGEST": "d", "CF_START": start, "CF_STOP": stop, **limits}
    variables["CF_RUNS"] = f"[ -e {home}/up ]"
    text = script("turn", ("matrix/try.sh", "matrix/turn.sh"), variables)
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin is not None
        run.stdin.write(text)
        run.stdin.close()
        _until(tmp_path / "tried", there=True)
        assert (tmp_path / "up").exists()
        _kill_all(run.pid)
    _until(tmp_path / "up", there=False)
    assert (tmp_path / "calls").read_text().splitlines()[-2:] == ["rm -f carbon-fleet-matrix", "stop"]


def _kill_all(pid: int) -> None:
    """The shell and its subshells, as a deadline does it: not what has a process group of its own."""
    children = [one for one in psutil.Process(pid).children() if one.name() != "perl"]
    for child in children:
        os.kill(child.pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)


def _until(path: Path, *, there: bool) -> None:
    deadline = time.monotonic() + 60
    while path.exists() is not there:
        assert time.monotonic() < deadline, f"{path.name} did not {'come' if there else 'go'}"
        time.sleep(0.05)


def test_entries_are_json() -> None:
    entry = judging.of_turn(STOPPED[LIMA], Turn(said="x"), RECIPE, "carbon", software=False)
    assert json.loads(json.dumps(entry.as_dict()))["starts_in"] is None
