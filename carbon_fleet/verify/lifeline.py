"""Ties a pytest process to the verb that started it: when that one is gone, however it went, nothing stays behind."""

import os
import shutil
import signal
import threading
from contextlib import suppress
from pathlib import Path

VARIABLE = "CARBON_VERIFY_LIFELINE"
"""Holds the number of a pipe's file descriptor that reads end of file once the verb is gone."""


def hold_on(folder: Path) -> None:
    """Watch the pipe from now on; at its end remove `folder` and end this process group."""
    number = os.environ.get(VARIABLE)
    if number is not None and os.getpid() == os.getpgrp():
        threading.Thread(target=_watch, args=(int(number), folder), daemon=True).start()


def _watch(number: int, folder: Path) -> None:
    os.read(number, 1)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # other Macs' folders may still be in it; the last one takes it along
        folder.parent.rmdir()
    os.killpg(os.getpgrp(), signal.SIGKILL)
