"""Run one step in a child process under a deadline, and make an Attempt of whatever happens to it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from vulkan_check.model import Attempt, Outcome, Step, Through


def attempt(
    driver: Through, step: Step, elements: int, deadline_s: float, env: Mapping[str, str]
) -> tuple[Attempt, dict[str, Any]]:
    """Run `step` with `env` for at most `deadline_s` seconds: what became of it, and what it answered."""
    command = [sys.executable, "-m", "vulkan_check.child", step, str(elements)]
    started = time.monotonic()
    with group(command, env) as child:
        try:
            out, err = child.communicate(timeout=deadline_s)
            answer = _answer(child.returncode, out, err)
        except subprocess.TimeoutExpired:
            answer = {"outcome": "timeout", "message": f"no answer within {deadline_s:g} s"}
    seconds = round(time.monotonic() - started, 3)
    outcome: Outcome = answer.pop("outcome")
    return Attempt(driver, step, outcome, seconds, str(answer.pop("message", ""))), answer


@contextlib.contextmanager
def group(command: list[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A child leading a process group that ends with this block, however the block ends."""
    pipe = subprocess.PIPE
    child = subprocess.Popen(command, env=dict(env), stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _answer(status: int, out: str, err: str) -> dict[str, Any]:
    lines = out.strip().splitlines()
    if status == 0 and lines:
        with contextlib.suppress(json.JSONDecodeError):
            answer = json.loads(lines[-1])
            if isinstance(answer, dict) and answer.get("outcome") in ("ok", "wrong", "no_device", "error"):
                return answer
    return {"outcome": "error", "message": ended(status, err)}


def ended(status: int, err: str) -> str:
    """How a process ended, and its last words."""
    how = f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    last = err.strip().splitlines()[-1:] or ["nothing on stderr"]
    return f"{how}: {last[0][:300]}"
