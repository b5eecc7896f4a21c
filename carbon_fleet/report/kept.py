"""What carbon-fleet keeps on this machine between runs: where it lies, and how it is written."""

import os
from contextlib import suppress
from pathlib import Path

from platformdirs import user_state_dir

VARIABLE = "CARBON_STATE"
"""Another state directory than the platform's own."""


def state_directory() -> Path:
    """Where everything kept lies, below a folder for each kind."""
    return Path(os.environ.get(VARIABLE) or user_state_dir("carbon-fleet"))


def write_private(path: Path, text: str) -> None:
    """Write beside and rename, readable by its owner only, on the disk before this returns. Raises `OSError`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
