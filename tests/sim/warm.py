"""Runs `carbon-fleet` in a process of its own that has its libraries already: a short verb spends most on their import.

The process is forked from a server (the standard library's) that has imported them and done nothing else. All that a
caller may see of a program is as with one started by its name: arguments, environment, folder, streams, exit code.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from carbon_fleet import assets

LIBRARIES = [
    "carbon_fleet.cli",
    "carbon_fleet.connectors.mac",
    "carbon_fleet.engine.givens",
    "carbon_fleet.engine.work",
    "carbon_fleet.report.reading",
    "carbon_fleet.runs.keep",
    "carbon_fleet.verbs.display",
    "carbon_fleet.verify.runner",
    *sorted(f"operations.{one.parent.name}" for one in assets.root().glob("operations/*/__init__.py")),
]
"""None of them patches its process with gevent: see `_unpatched` in tests/conftest.py."""
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(LIBRARIES)


def carbon_fleet(*arguments: str, timeout: float) -> "subprocess.CompletedProcess[str]":
    """`carbon-fleet ARGUMENTS…`, with nothing on standard input. Raises subprocess.TimeoutExpired."""
    with tempfile.TemporaryDirectory(prefix="cf-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = SERVER.Process(target=_program, args=(arguments, dict(os.environ), str(out), str(err)))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["carbon-fleet", *arguments], timeout, out.read_text(), err.read_text())
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())


def _program(arguments: tuple[str, ...], environment: dict[str, str], out: str, err: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        opened = os.open(path, mode | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, closefd=False) for number, mode in enumerate("rww"))  # noqa: SIM115
    sys.argv = ["carbon-fleet", *arguments]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from carbon_fleet.cli import main

    try:
        main()
    finally:
        # A forked process ends without them.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
