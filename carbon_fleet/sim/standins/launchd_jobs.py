"""What launchd does with a loaded job, modelled: it runs the program, follows it, starts it again, ends it.

launchd.plist(5): RunAtLoad; KeepAlive true, or a dictionary with SuccessfulExit, which implies RunAtLoad (other keys
are not known here, and refused); ThrottleInterval, 10 seconds unless said, from one start to the next; ExitTimeOut, 20
seconds from SIGTERM to SIGKILL; what is left of the program's process group is ended with it unless
AbandonProcessGroup says otherwise; StandardOutPath and StandardErrorPath are opened to be written at their end, in a
folder that has to be there; EnvironmentVariables, WorkingDirectory, Umask. A program that cannot be started counts as
ended with 78 (EX_CONFIG).

Each running job has a process of its own, its keeper, in a session of its own: so it outlives whoever loaded it.
launchd does all of that in one process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time

from .disk import SHARED, read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_STORE = f"{SHARED}/launchd.json"
THROTTLE, EXIT_TIMEOUT, EX_CONFIG = 10, 20, 78


@contextlib.contextmanager
def store() -> Iterator[dict[str, Any]]:
    """All that launchd knows: one at a time, written back if nothing went wrong."""
    with open(f"{_STORE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known: dict[str, Any] = read_json(_STORE, {})
        for part in ("loaded", "overrides", "ended", "running"):
            known.setdefault(part, {})
        yield known
        write_json(_STORE, known)


def known() -> dict[str, Any]:
    """The same, only to be read."""
    return {"loaded": {}, "overrides": {}, "ended": {}, "running": {}, **read_json(_STORE, {})}


def starts_itself(job: dict[str, Any]) -> bool:
    """Whether loading it starts it."""
    return bool(job.get("RunAtLoad") or job.get("KeepAlive"))


def fits(job: dict[str, Any]) -> bool:
    """Whether all it says of being kept alive is known here."""
    kept = job.get("KeepAlive", False)
    return isinstance(kept, bool) or set(kept) == {"SuccessfulExit"}


def start(label: str, job: dict[str, Any]) -> None:
    """Start a job's keeper, unless it has one that lives."""
    keeper = known()["running"].get(label, {}).get("keeper")
    if keeper and _lives(keeper):
        return
    if child := os.fork():
        os.waitpid(child, 0)
        # Whoever takes it out next has to find its keeper.
        while known()["running"].get(label, {}).get("keeper") in (None, keeper) and label in known()["loaded"]:
            time.sleep(0.02)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)
    try:
        _keep(label, job)
    finally:
        os._exit(0)


def leave(label: str) -> bool:
    """Tell a job's keeper to end it; False where there is none that lives."""
    keeper = known()["running"].get(label, {}).get("keeper")
    if not keeper or not _lives(keeper):
        return False
    os.kill(keeper, signal.SIGTERM)
    return True


class _Left(Exception):
    """The job is taken out of launchd."""


def _keep(label: str, job: dict[str, Any]) -> None:
    def told(*_: object) -> None:
        raise _Left

    # Told only while it waits: in the midst of a start a program would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))
    signal.signal(signal.SIGTERM, told)
    process = None
    try:
        while True:
            began = time.monotonic()
            _note(label, keeper=os.getpid())
            process = _run(job)
            if process is not None:
                _note(label, pid=process.pid)
            status = EX_CONFIG
            if process is not None:
                with _listening():
                    status = process.wait()
            _sweep(process, job)
            process = None
            _note(label, ended=status)
            if not _again(job, status):
                return
            with _listening():
                time.sleep(max(0, began + job.get("ThrottleInterval", THROTTLE) - time.monotonic()))
    except _Left:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end(process, job)
        with store() as found:
            found["loaded"].pop(label, None)
            found["running"].pop(label, None)


@contextlib.contextmanager
def _listening() -> Iterator[None]:
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))


def _unblocked() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))


def _note(label: str, **said: int) -> None:
    with store() as found:
        if label not in found["loaded"]:
            raise _Left
        if "ended" in said:
            found["ended"][label] = said.pop("ended")
            found["running"].get(label, {}).pop("pid", None)
        found["running"].setdefault(label, {}).update(said)


def _again(job: dict[str, Any], status: int) -> bool:
    kept = job.get("KeepAlive", False)
    return kept if isinstance(kept, bool) else kept["SuccessfulExit"] is (status == 0)


def _run(job: dict[str, Any]) -> subprocess.Popen[bytes] | None:
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": os.path.expanduser("~"), "USER": "lab"}
    env |= job.get("EnvironmentVariables", {})
    try:
        out, err = (_opened(job.get(key)) for key in ("StandardOutPath", "StandardErrorPath"))
        return subprocess.Popen(
            job["ProgramArguments"],
            env=env,
            cwd=job.get("WorkingDirectory", "/"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            umask=job.get("Umask", 0o022),
            preexec_fn=_unblocked,
        )
    except OSError:
        return None


def _opened(path: str | None) -> int:
    return os.open(path or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)


def _end(process: subprocess.Popen[bytes] | None, job: dict[str, Any]) -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(job.get("ExitTimeOut", EXIT_TIMEOUT) or None)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _sweep(process, job)


def _sweep(process: subprocess.Popen[bytes] | None, job: dict[str, Any]) -> None:
    """End what is left of a program's process group."""
    if process is None or job.get("AbandonProcessGroup"):
        return
    for number, wait in ((signal.SIGTERM, 1), (signal.SIGKILL, 0)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        time.sleep(wait)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
