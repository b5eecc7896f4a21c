"""A session that sshd did not start: sshd's ForceCommand, which lets another parent run what was asked for.

`session_under NAME` leaves the command to a process of its own that has gone from sshd's children, and shows itself as
NAME (`/sbin/launchd`, `login`); streams and exit status stay those of the session.
"""

from __future__ import annotations

import os
import subprocess

from .argv0 import show_as

SSHD_ONLY = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "SSH_ORIGINAL_COMMAND")


def main(argv: list[str]) -> int:
    """Run the session's command, and end as it ended; 255 where the parent was killed."""
    command = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    ended, tell = os.pipe()
    if os.fork() == 0:
        os.close(ended)
        if os.fork() == 0:
            _parent(argv[1], command, tell)
        os._exit(0)
    os.close(tell)
    for number in (0, 1, 2):  # what the session says comes from the other process alone, and ends with it
        os.dup2(os.open(os.devnull, os.O_RDWR), number)
    with os.fdopen(ended, "rb") as file:
        status = file.read()
    return int(status) if status else 255


def _parent(name: str, command: str, tell: int) -> None:
    show_as([name])
    environment = {key: value for key, value in os.environ.items() if key not in SSHD_ONLY}
    line = ["/bin/sh", "-c", command] if command else ["/bin/sh"]
    status = subprocess.run(line, env=environment, check=False).returncode
    os.write(tell, str(status if status >= 0 else 128 - status).encode())
    os._exit(0)
