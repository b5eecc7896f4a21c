"""vulkan-check as a program: its processes, deadlines, signals, records and exit codes, all of them real."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "files" / "images" / "vulkan-check"
RECORDED = ROOT / "tests" / "fixtures" / "vulkan-check"
NO_GPU = ("no-device-node", "no-venus")
"""Where tests run there may be a render node or not; the driver's manifest is never there."""

sys.path.insert(0, str(PROGRAM))
attempt = importlib.import_module("vulkan_check.attempt").attempt


def environment(tmp_path: Path, startup: str = "") -> dict[str, str]:
    """The program's environment, with a driver manifest that is not there, and Python code run at every start."""
    (tmp_path / "sitecustomize.py").write_text(startup)
    nowhere = str(tmp_path / "no_icd.json")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tmp_path}:{PROGRAM}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "VK_DRIVER_FILES": nowhere,
        "VK_ICD_FILENAMES": nowhere,
        "CARBON_RESULT": str(tmp_path / "result.json"),
    }


HANG = """
import pathlib, subprocess, time
pathlib.Path({pid_file!r}).write_text(str(subprocess.Popen(["sleep", "60"]).pid))
time.sleep(60)
"""


def test_a_hanging_step_and_what_it_started_end_at_the_deadline(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    started = time.monotonic()
    outcome, answer = attempt("venus", "probe", 0, 1.5, environment(tmp_path, HANG.format(pid_file=str(pid_file))))
    assert (outcome.outcome, answer) == ("timeout", {})
    assert 1.5 <= time.monotonic() - started < 10
    grandchild = int(pid_file.read_text())
    deadline = time.monotonic() + 5
    while alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(grandchild)


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("startup", "message"),
    [("import os; os.abort()", "SIGABRT"), ("import os; os._exit(7)", "exit status 7"), ("print('{}')", "")],
)
def test_a_step_that_dies_or_babbles_is_an_error_with_its_reason(tmp_path: Path, startup: str, message: str) -> None:
    outcome, _ = attempt("venus", "enumerate", 0, 30, environment(tmp_path, startup))
    assert outcome.outcome in ("error", "no_device")
    assert message in outcome.message


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "vulkan_check", "run"]
        started.append(subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def vulkan_check(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vulkan_check", *arguments]
    return subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False)


def test_run_records_a_refusal_stays_alive_and_ends_at_once_when_told(
    tmp_path: Path, running: Callable[[], subprocess.Popen[str]]
) -> None:
    assert vulkan_check(tmp_path, "health").returncode == 1
    process = running()
    assert process.stdout
    printed = json.loads(process.stdout.readline())
    assert printed == json.loads((tmp_path / "result.json").read_text())
    assert (printed["verdict"]["accepted"], printed["compute"]["through"]) == (False, None)
    assert process.poll() is None
    health = vulkan_check(tmp_path, "health")
    assert (health.returncode, health.stdout.partition(":")[0]) == (1, printed["verdict"]["code"])
    assert printed["verdict"]["code"] in NO_GPU
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert time.monotonic() - told < 2


@pytest.mark.parametrize(("recording", "status"), [("software-lab", 0), ("strict-on-software", 1), ("no-server", 1)])
def test_health_is_good_exactly_for_an_accepted_record(tmp_path: Path, recording: str, status: int) -> None:
    (tmp_path / "result.json").write_text((RECORDED / f"{recording}.json").read_text())
    assert vulkan_check(tmp_path, "health").returncode == status


def test_once_prints_for_people_and_for_machines(tmp_path: Path) -> None:
    people, machines = vulkan_check(tmp_path, "once"), vulkan_check(tmp_path, "once", "--json")
    assert (people.returncode, machines.returncode) == (1, 1)
    code = json.loads(machines.stdout)["verdict"]["code"]
    assert code in NO_GPU
    assert people.stdout.startswith(f"REFUSED: {code}: ")


def test_prove_prints_for_people_and_for_machines_without_numpy_in_the_parent(tmp_path: Path) -> None:
    people, machines = vulkan_check(tmp_path, "prove"), vulkan_check(tmp_path, "prove", "--json")
    assert (people.returncode, machines.returncode) == (1, 1)
    document = json.loads(machines.stdout)
    assert (document["kind"], document["jobs"], document["compute"]) == ("proof", [], None)
    assert document["verdict"]["code"] in NO_GPU
    assert people.stdout.startswith(f"REFUSED: {document['verdict']['code']}: ")


def test_bad_usage_and_bad_settings_have_their_exit_codes(tmp_path: Path) -> None:
    assert vulkan_check(tmp_path, "dance").returncode == 64
    command = [sys.executable, "-m", "vulkan_check", "once"]
    for name, value, remedy in (
        ("CARBON_ACCEPT", "anything", "write apple"),
        ("CARBON_PROVE_SECONDS", "0", "write a number"),
    ):
        env = {**environment(tmp_path), name: value}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 78
        assert "Traceback" not in done.stderr
        assert remedy in done.stderr
