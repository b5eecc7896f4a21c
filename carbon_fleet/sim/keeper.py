"""Keeps a group of processes for as long as whoever started it lives, and not longer.

Run as `python -m carbon_fleet.sim.keeper PLAN` with a pipe as standard input: end of file there (the starter closed it,
or died in any way) ends everything, and so does the keeper's own death, because each child asks the kernel to be killed
with its parent. One process with one thread: that request is bound to the parent's *thread*.

PLAN is a JSON file: `prepare` and `clean_up` are run to their end, `main` decides how long the group lives, and each
of `beside` is started again when it ends early. All are argument lists; output goes to `log`.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, NotRequired, TypedDict

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.25
_SHORT_SECONDS = 2.0
_SHORT_LIVES = 3
_libc = ctypes.CDLL(None)


class Plan(TypedDict):
    """What a keeper runs."""

    log: str
    main: list[str]
    prepare: NotRequired[list[list[str]]]
    beside: NotRequired[list[list[str]]]
    clean_up: NotRequired[list[list[str]]]


def keep(plan: Plan) -> int:
    """Run the plan until `main` ends, standard input does, or SIGTERM comes. Returns main's exit status or 0."""
    signal.signal(signal.SIGTERM, _interrupt)
    with Path(plan["log"]).open("ab", buffering=0) as log:
        try:
            for command in plan.get("prepare", []):
                subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=True)
            return _watch(plan, log)
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            log.write(f"{error}\n".encode())
            return 1
        except KeyboardInterrupt:
            return 0
        finally:
            for command in plan.get("clean_up", []):
                subprocess.run(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)


class _Beside:
    """A command that is started again when it ends, until it has ended too soon too often."""

    def __init__(self, command: list[str], log: IO[bytes]) -> None:
        self._command = command
        self._log = log
        self._short_lives = 0
        self._begin()

    def look(self) -> None:
        """Start it again if it has ended. Raises CalledProcessError when that is hopeless."""
        if self.child.poll() is None:
            return
        self._short_lives = self._short_lives + 1 if time.monotonic() - self._born < _SHORT_SECONDS else 0
        if self._short_lives >= _SHORT_LIVES:
            raise subprocess.CalledProcessError(self.child.returncode, self._command)
        self._begin()

    def _begin(self) -> None:
        self._born = time.monotonic()
        self.child = _start(self._command, self._log)


def _watch(plan: Plan, log: IO[bytes]) -> int:
    beside = [_Beside(command, log) for command in plan.get("beside", [])]
    main = _start(plan["main"], log)
    try:
        while main.poll() is None:
            if select.select([0], [], [], _LOOK_SECONDS)[0] and not os.read(0, 4096):
                return 0
            for each in beside:
                each.look()
        return main.returncode
    finally:
        for child in [main, *(each.child for each in beside)]:
            child.kill()
            child.wait()


def _start(command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent
    )


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(keep(json.loads(Path(sys.argv[1]).read_text())))
