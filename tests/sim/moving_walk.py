"""A move that is killed at each of its commands in turn, each time going on from what the kill before has left."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

MIDST = ("0.6",)
"""Seconds after which a command is in its midst."""


def killed_at_each(file: str, mac: str, look: Callable[[str], None]) -> list[tuple[float, str]]:
    """Kill the move of the lab file in the midst of each command and after it, and `look` after each kill.

    Each kill, as [when, command], the `when` 0 for after it. What one of them costs is its command alone: the stack is
    not brought back for the next, nor is anything moved from its beginning.
    """
    command = [sys.executable, "-m", "tests.sim.killed_on", file, mac, "1", *MIDST, "step"]
    here = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=here
    ) as run:
        assert run.stdin is not None
        assert run.stderr is not None
        assert run.stdout is not None
        said = []
        for line in run.stderr:
            said.append(line)
            print(line, end="")
            if " s  " in line:
                look(line.strip())
                run.stdin.write("\n")
                run.stdin.flush()
        out = run.stdout.read()
    assert run.returncode == 0, "".join(said)
    return [(when, str(at)) for when, at in json.loads(out)]


def each_command(kills: list[tuple[float, str]], commands: int) -> None:
    """Assert that so many commands were killed: in their midst, after it, or both.

    What is over before its midst comes is killed after it: then the next run goes on with the next command.
    """
    found = {command for _, command in kills}
    assert len(found) >= commands, found
