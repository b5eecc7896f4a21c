"""`carbon-fleet apply`, killed by SIGKILL at its K-th command: right after it, or while it runs."""

import os
import signal
import sys

from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command
from carbon_fleet.report.document import Result
from carbon_fleet.verbs.apply import apply

FILE, MAC, COUNT, WHEN = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
_run = Session.run
_count = 0


def run(self: Session, address: str, command: Command) -> Result:
    """The real `run`, and an end at the K-th."""
    global _count
    _count += 1
    if _count == COUNT and WHEN == "during":
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, 0.15)
    result = _run(self, address, command)
    if _count == COUNT and WHEN == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return result


Session.run = run  # type: ignore[method-assign]
from pathlib import Path  # noqa: E402

report = apply(Path(FILE), [MAC], [], json=True, quiet=True)
print(f"commands={_count}", file=sys.stderr)
sys.exit(report.exit_code)
