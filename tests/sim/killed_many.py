"""`carbon-fleet apply` of many Macs, each in a process of its own that is killed by SIGKILL at its K-th command.

What all of them import is loaded once, and the processes are forked from there: a matrix costs little more than its
work. Arguments: the lab file, `after` the command or `during` it, then MAC=K for each, or MAC+K where the Mac's machine
may be replaced, and its stacks may move. Prints one JSON object: Mac → how its process ended.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command
from carbon_fleet.plan.registry import resources
from carbon_fleet.report.document import Result
from carbon_fleet.verbs.apply import apply
from carbon_fleet.verbs.consent import KINDS
from operations._moves import CONSENT as MOVE

Tell = Callable[[str], object]
_run = Session.run


AT_ONCE = 3


MIDST = 0.15
"""Seconds after which a command is in its midst."""


def killed(
    file: str,
    when: str,
    mac: str,
    last: int,
    consent: list[str],
    *,
    passed: Collection[str] = (),
    midst: float = MIDST,
    no_further: bool = False,
    tell: Tell | None = None,
) -> int:
    """Apply to one Mac, and die at its `last` command, which `tell` is told of before; those `passed` do not count.

    `no_further` than that command, even where it is over before it was in its midst. The exit code where there were
    fewer, or it ended before.
    """
    count = 0

    def run(self: Session, address: str, command: Command) -> Result:
        nonlocal count
        if str(command) in passed:
            return _run(self, address, command)
        count += 1
        if count == last and tell:
            tell(str(command))
        if count == last and when == "during":
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, midst)
        result = _run(self, address, command)
        if count == last and (when == "after" or no_further):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    Session.run = run  # type: ignore[method-assign]
    moving = [consent if kind == MOVE else [] for kind in KINDS]
    return int(apply(Path(file), [mac], consent, moving, json=True, quiet=True).exit_code)


def forked(file: str, when: str, word: str) -> int:
    """The process that does what one argument says."""
    if child := os.fork():
        return child
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    mac, sign, last = word.partition("+" if "+" in word else "=")
    os._exit(killed(file, when, mac, int(last), [mac] if sign == "+" else []))


def main(file: str, when: str, *words: str) -> None:
    """Fork for each, a few at a time, and say how each ended."""
    resources()
    to_come, running, ended = list(words), dict[int, str](), dict[str, int]()
    while to_come or running:
        while to_come and len(running) < AT_ONCE:
            word = to_come.pop(0)
            running[forked(file, when, word)] = word.replace("+", "=").partition("=")[0]
        child, status = os.wait()
        ended[running.pop(child)] = os.waitstatus_to_exitcode(status)
    print(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
