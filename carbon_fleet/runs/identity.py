"""What a run is called, and who runs it."""

import getpass
import re
import secrets
import socket
from datetime import UTC, datetime

SHAPE = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")


def new_run(now: datetime | None = None) -> str:
    """A name no other run has, and that sorts by time: `20261121T153317Z-3fa9c1`."""
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def is_run(name: str) -> bool:
    """Whether `name` is a run's, whole."""
    return SHAPE.fullmatch(name) is not None


def controller() -> str:
    """Who runs carbon-fleet, and where: `user@host`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a user id that has no name, as in a container
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
