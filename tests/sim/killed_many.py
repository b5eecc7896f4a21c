"""`carbon-fleet apply` of many Macs, each in a process of its own that is killed by SIGKILL after its K-th command.

What all of them import is loaded once, and the processes are forked from there: a matrix costs little more than its
work. Arguments: the lab file, then MAC=K for each. Prints one JSON object: Mac → how its process ended.
"""

import json
import os
import signal
import sys
from pathlib import Path

from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command
from carbon_fleet.plan.registry import resources
from carbon_fleet.report.document import Result
from carbon_fleet.verbs.apply import apply

_run = Session.run


def killed(file: str, mac: str, last: int, consent: list[str]) -> int:
    """Apply to one Mac, and die after its `last` command; the exit code where there were fewer."""
    count = 0

    def run(self: Session, address: str, command: Command) -> Result:
        nonlocal count
        count += 1
        result = _run(self, address, command)
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Session.run = run  # type: ignore[method-assign]
    return int(apply(Path(file), [mac], consent, json=True, quiet=True).exit_code)


def forked(file: str, mac: str, last: int, consent: list[str]) -> int:
    """The process that does it."""
    if child := os.fork():
        return child
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os._exit(killed(file, mac, last, consent))


def main(file: str, *wanted: str) -> None:
    """Fork for each, one after the other, and say how each ended."""
    resources()
    ended = {}
    for mac, last in (word.split("=") for word in wanted):
        _, status = os.waitpid(forked(file, mac, int(last), [mac]), 0)
        ended[mac] = os.waitstatus_to_exitcode(status)
    print(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
