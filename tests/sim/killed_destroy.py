"""`carbon-fleet destroy`, killed by SIGKILL right after its K-th command.   FILE MAC K [MAC that had nothing]"""

import os
import signal
import sys

from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command
from carbon_fleet.report.document import Result
from carbon_fleet.verbs.destroy import destroy

FILE, MAC, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
_run = Session.run
_count = 0


def run(self: Session, address: str, command: Command) -> Result:
    """The real `run`, and an end after the K-th."""
    global _count
    _count += 1
    result = _run(self, address, command)
    if _count == COUNT:
        os.kill(os.getpid(), signal.SIGKILL)
    return result


Session.run = run  # type: ignore[method-assign]
from pathlib import Path  # noqa: E402

options: dict[str, object] = {"found_nothing": sys.argv[4:]}
options |= {"delete_volumes": False, "yes": True, "lock_wait": 0.0, "parallel": 1, "json": True, "quiet": True}
sys.exit(destroy(Path(FILE), [MAC], **options).exit_code)  # type: ignore[arg-type]
