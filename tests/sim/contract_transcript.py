"""What the real podman answered, kept in tests/transcripts: the contract where no real podman can run.

To record anew, as root: .venv/bin/python -m tests.sim.contract_transcript
"""

import tempfile
from pathlib import Path

from carbon_fleet.sim import rootfs
from tests.sim.contract_machine_steps import FILES, INIT, REMOVE, SET, SHOW, STOPPED
from tests.sim.contract_sides import VERSION, Answer, RealPodman
from tests.sim.contract_steps import BARE, CONNECTIONS, PROVIDERS

FOLDER = Path(__file__).parents[1] / "transcripts" / f"podman-{VERSION}"
STEPS = (*BARE, *CONNECTIONS, *PROVIDERS, *INIT, *SHOW, *SET, *STOPPED, *FILES, *REMOVE)
"""All commands, in the order they are given."""


def write(name: str, command: str, answer: Answer) -> None:
    """Keep an answer: each line of a stream after `|`, one without its end after `\\`."""
    lines = [f"$ {command}", f"status {answer.status}", "stdout", *_quoted(answer.out), "stderr", *_quoted(answer.err)]
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")


def _quoted(said: str) -> list[str]:
    return [("|" if line.endswith("\n") else "\\") + line.rstrip("\n") for line in said.splitlines(keepends=True)]


def read(name: str) -> tuple[str, Answer]:
    """The command and the answer kept under a name."""
    command, status, _, *lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    at = lines.index("stderr")
    out, err = ("".join(map(_unquoted, part)) for part in (lines[:at], lines[at + 1 :]))
    return command.removeprefix("$ "), Answer(int(status.removeprefix("status ")), out, err)


def _unquoted(line: str) -> str:
    return line[1:] + ("\n" if line[0] == "|" else "")


def record() -> None:
    """Ask the real podman everything and keep its answers, and no others."""
    with tempfile.TemporaryDirectory(prefix="carbon-contract-") as folder:
        podman = RealPodman(rootfs.root(rootfs.GUEST), Path(folder))
        FOLDER.mkdir(parents=True, exist_ok=True)
        for old in FOLDER.glob("*.txt"):
            old.unlink()
        for step in STEPS:
            write(step.name, step.command, podman.run(step))


if __name__ == "__main__":
    record()
