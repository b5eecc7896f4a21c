"""`carbon-fleet apply` of one Mac, killed by SIGKILL at a command; gone on with, and killed again, to the end.

With a stride of 1 every command of the way is killed in its midst and after it, each time from the state that the kill
before left, in one lab: a run remembers nothing, all it goes by is on the Mac. Arguments: the lab file, the Mac, whose
machine may be replaced, at which command of each run it is killed, then after how many seconds a command is in its
midst, once or more. Prints a JSON list of [when, command], one for each kill.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from carbon_fleet.plan.registry import resources
from tests.sim.killed_many import killed

MOST = 400
"""More kills than any way has commands: where they do not end, no run comes further than the one before."""


def once(file: str, mac: str, stride: int, when: str, midst: float) -> tuple[str, int]:
    """One run in a process of its own: the command it was killed at ("": there was none), and how it ended."""
    with tempfile.NamedTemporaryFile() as told:
        if os.fork():
            _, status = os.wait()
            return Path(told.name).read_text(), os.waitstatus_to_exitcode(status)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(killed(file, when, mac, stride, [mac], midst=midst, tell=Path(told.name).write_text))


def main(file: str, mac: str, stride: str, *midst: str) -> int:
    """Kill until a run has no command left; how that one ended."""
    resources()
    began = time.monotonic()
    cuts: list[tuple[str, str]] = []
    kinds = [*(("during", float(seconds)) for seconds in midst), ("after", 0.0)]
    while len(cuts) < MOST:
        when, seconds = kinds[len(cuts) % len(kinds)]
        said, code = once(file, mac, int(stride), when, seconds)
        if code != -9:
            print(json.dumps(cuts))
            return code
        cuts.append((f"{when} {seconds}", said))
        print(round(time.monotonic() - began, 1), when, seconds, said, file=sys.stderr, flush=True)
    print(json.dumps(cuts))
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
