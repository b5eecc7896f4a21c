"""What commands answer, as the suite's tests read it."""

import json
from typing import Any

from testinfra.backend.base import CommandResult


def document(said: CommandResult) -> Any:
    """The JSON a command printed. AssertionError, in one line, when it failed or printed something else."""
    command = said.command.decode()
    words = (said.stderr.strip() or said.stdout.strip() or "nothing").splitlines()[-1]
    assert said.rc == 0, f"`{command}` ended with {said.rc}: {words}"  # noqa: S101 a test's own assertion, shared
    try:
        return json.loads(said.stdout)
    except ValueError:
        raise AssertionError(f"`{command}` said what is no JSON: {words}") from None
