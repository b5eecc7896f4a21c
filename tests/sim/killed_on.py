"""`carbon-fleet apply` of one Mac, killed by SIGKILL at a command; gone on with, and killed at the next, to the end.

With a stride of 1 every command of the way is killed in its midst and after it, each time from the state that the kill
before left, in one lab: a run remembers nothing, all it goes by is on the Mac. What is begun anew after a kill passes
the next time. Arguments: the lab file, the Mac, whose machine may be replaced and whose stacks may move, at which
command of each run it is killed, then after how many seconds a command is in its midst, any number of them. Prints a
JSON list of [when, command], one for each kill; on standard error the same as it goes. With a last argument `step` it
waits after each kill for a line on standard input: in the meantime somebody may look at what the kill left.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

from carbon_fleet.plan.registry import resources
from tests.sim.killed_many import killed

MOST = 400
"""More kills than any way has commands: where they do not end, no run comes further than the one before."""


def once(file: str, mac: str, stride: int, midst: float, passed: Collection[str]) -> tuple[str, int]:
    """One run in a process of its own: the command it was killed at ("": there was none), and how it ended."""
    when = "during" if midst else "after"
    with tempfile.NamedTemporaryFile() as told:
        if os.fork():
            _, status = os.wait()
            return Path(told.name).read_text(), os.waitstatus_to_exitcode(status)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        tell = Path(told.name).write_text
        os._exit(killed(file, when, mac, stride, [mac], passed=passed, midst=midst, no_further=True, tell=tell))


def main(file: str, mac: str, stride: str, *midst: str) -> int:
    """Kill until a run has no command left; how that one ended."""
    resources()
    step = midst[-1:] == ("step",)
    began, kinds = time.monotonic(), [*map(float, midst[: -1 if step else None]), 0.0]
    cuts: list[tuple[float, str]] = []
    code = -9
    while code == -9 and len(cuts) < MOST:
        kind = kinds[len(cuts) % len(kinds)]
        said, code = once(file, mac, int(stride), kind, {command for when, command in cuts if when == kind})
        if code == -9:
            cuts.append((kind, said))
            print(f"{time.monotonic() - began:6.1f} s  {kind or 'after'}  {said}", file=sys.stderr, flush=True)
            if step:
                sys.stdin.readline()
    print(json.dumps(cuts))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
