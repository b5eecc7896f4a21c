"""Runs the suite once for each Mac, in processes of their own: one Mac's hang or crash is no other's."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from carbon_fleet import assets
from carbon_fleet.report.document import MacReport
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verify.junit import merge
from carbon_fleet.verify.lifeline import VARIABLE
from carbon_fleet.verify.outcome import fill
from carbon_fleet.verify.record import read

PARALLEL = 12
"""Processes at a time: each takes about 70 MB and, to start, a second of one core."""
BEFORE = "before.json"
NOTHING: Mapping[str, Mapping[str, Any]] = {}
MAC_SECONDS = 600
"""The deadline of everything about one Mac."""


def short_folder() -> str:
    """Where sockets may lie: a socket's path has at most 103 characters, and TMPDIR alone half of them on a Mac."""
    return os.environ.get("CARBON_FLEET_SOCKETS", "/tmp")  # noqa: S108  mkdtemp makes the folder in it


def verify_macs(
    lab: Lab,
    macs: Sequence[Mac],
    *,
    junitxml: Path | None,
    done: Callable[[MacReport], None],
    tiers: Sequence[str] = (),
    before: Mapping[str, Mapping[str, Any]] = NOTHING,
) -> list[MacReport]:
    """Look at each Mac; `done` hears of each as it ends. The reports come in the lab's order.

    With `tiers` (`mac`, `vm`, `container`) only tests that look just so deep are run; with `gone` those that nothing of
    ours is left, for which `before` has, by Mac, what was there before by address.
    """
    folder = Path(tempfile.mkdtemp(prefix="cfv-", dir=short_folder()))
    running: set[subprocess.Popen[bytes]] = set()
    pool = ThreadPoolExecutor(min(PARALLEL, len(macs) or 1))
    try:
        reports = list(pool.map(lambda mac: _one(lab, mac, folder, done, running, tiers, before.get(mac.name)), macs))
        if junitxml is not None:
            merge({report.mac: (report, folder / report.mac / "junit.xml") for report in reports}, junitxml)
    finally:
        # Interrupted, what still runs is ended here: its threads would wait for it.
        pool.shutdown(wait=False, cancel_futures=True)
        for process in list(running):
            _end(process)
        shutil.rmtree(folder, ignore_errors=True)
    return reports


def _one(
    lab: Lab,
    mac: Mac,
    parent: Path,
    done: Callable[[MacReport], None],
    running: "set[subprocess.Popen[bytes]]",
    tiers: Sequence[str],
    before: Mapping[str, Any] | None,
) -> MacReport:
    report = MacReport(mac.name, spec=mac.digest, groups=list(mac.groups))
    folder = parent / mac.name
    folder.mkdir(mode=0o700)
    if before is not None:
        (folder / BEFORE).write_text(json.dumps(before))
    began = time.monotonic()
    status = _pytest(command(lab, mac, folder, tiers), folder / "output", running)
    report.seconds = round(time.monotonic() - began, 3)
    fill(report, read(folder / "results"), status, (folder / "output").read_text(encoding="utf-8", errors="replace"))
    done(report)
    return report


def command(lab: Lab, mac: Mac, folder: Path, tiers: Sequence[str] = ()) -> list[str]:
    """The pytest process of one Mac. `-P`: what lies in the user's working directory is no module of ours."""
    suite = assets.root() / "tests" / "state"
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--color=no",
        "--tb=short",
        f"--rootdir={suite}",
        f"--confcutdir={suite}",
    ]
    junit = [f"--junitxml={folder / 'junit.xml'}", f"--junitprefix={mac.name}", "-o", f"junit_suite_name={mac.name}"]
    own = [f"--carbon-lab={lab.path.absolute()}", f"--carbon-mac={mac.name}", f"--carbon-folder={folder}"]
    own += [f"--carbon-tier={tier}" for tier in tiers]
    own += [f"--carbon-before={folder / BEFORE}"] if (folder / BEFORE).exists() else []
    return [sys.executable, "-P", "-m", "pytest", "-c", str(suite / "pytest.ini"), *options, *junit, *own, str(suite)]


def _pytest(words: list[str], output: Path, running: "set[subprocess.Popen[bytes]]") -> int | None:
    """The exit status; None when the deadline ended it."""
    with _lifeline() as (number, ours), output.open("wb") as out:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=_environment(number),
            pass_fds=(number,),
            start_new_session=True,
        )
        os.close(number)
        running.add(process)
        try:
            return process.wait(MAC_SECONDS)
        except subprocess.TimeoutExpired:
            return None
        finally:
            os.close(ours)
            _end(process)
            running.discard(process)


@contextmanager
def _lifeline() -> Iterator[tuple[int, int]]:
    theirs, ours = os.pipe()
    yield theirs, ours


def _environment(number: int) -> dict[str, str]:
    # What a user's own pytest loads or is told has no place in this one.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_CORE_"))}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", VARIABLE: str(number)}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of the process group: itself, and the ssh it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
