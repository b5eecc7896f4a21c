"""A model's way into a Mac's cache: fetched by the Mac itself, or sent to it in pieces from here."""

import base64
import time
from collections.abc import Callable
from pathlib import Path

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Command, mac
from carbon_fleet.report.part import Part
from operations.model.commands import of_cache

Ask = Callable[[Command], Ran]
Say = Callable[[str], None]
PIECE = 8 << 20
"""Bytes sent at once: small enough for memory, large enough that the way there does not count."""
FETCH_SECONDS = 4 * 3600
LOOK_SECONDS = 900
"""Long enough to read a hundred gigabytes of a Mac's disk: what is there is checked each time."""
TELL_SECONDS = 5
_SHOWN = 300
AGAIN = "mend what it names and run again: it goes on where it was"


class Undelivered(Exception):
    """The model did not come; the message is what is wrong."""

    def __init__(self, code: str, what: str, remedy: str) -> None:
        """Keep the stable `code` and the `remedy`."""
        self.code, self.remedy = code, remedy
        super().__init__(what)


class Progress:
    """Tells of bytes that come, not oftener than every few seconds."""

    def __init__(self, what: str, size: int, say: Say) -> None:
        """`what` comes; `size` bytes in all, 0 where nobody knows."""
        self.what, self.size, self.say, self.told = what, size, say, time.monotonic()

    def at(self, done: int) -> None:
        """So many bytes are there."""
        if time.monotonic() - self.told >= TELL_SECONDS:
            self.told = time.monotonic()
            of = f" of {self.size >> 20} MiB ({100 * done // self.size} %)" if self.size else " MiB"
            words = f"{self.what}: {done >> 20}{of}"
            self.say(Part(words, done / self.size) if self.size else words)


def fetch(sha256: str, size: int, url: str, ask: Ask) -> str:
    """Let the Mac fetch it by itself; its path there. `size` is 0 where nobody knows. Raises `Undelivered`."""
    argv = of_cache("fetch", sha256, str(size), url)
    return said(ask(mac(*argv, deadline=FETCH_SECONDS)), "MODEL_NOT_FETCHED", AGAIN)


def send(sha256: str, path: Path, ask: Ask, say: Say) -> str:
    """Send the file at `path`; its path on the Mac. What is there already is not sent again. Raises `Undelivered`."""

    def take(verb: str, *more: str, stdin: str | None = None) -> str:
        argv = of_cache("take", verb, sha256, *more)
        return said(ask(mac(*argv, stdin=stdin, deadline=LOOK_SECONDS)), "MODEL_NOT_SENT", AGAIN)

    size = path.stat().st_size
    state, _, where = take("look", str(size)).partition(" ")
    if state == "ready":
        return where
    if not where.isdigit():
        raise Undelivered("MODEL_NOT_SENT", f"the Mac answered {f'{state} {where}'[:80]!r}", "run again")
    offset = min(int(where), size)
    say(f"send it to the Mac ({size >> 20} MiB{f', {offset >> 20} MiB are there' if offset else ''})")
    progress = Progress("send it to the Mac", size, say)
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE):
            take("add", str(offset), stdin=base64.b64encode(piece).decode())
            offset += len(piece)
            progress.at(offset)
    return take("end")


def said(ran: Ran, code: str, remedy: str) -> str:
    """The last line of standard output of a command that ended well; else raises `Undelivered` with its last words."""
    if ran.status != 0:
        lines = (*reversed(ran.err), *reversed(ran.out))
        what = next((line.strip()[:_SHOWN] for line in lines if line.strip()), "it said nothing")
        raise Undelivered(code, what, remedy)
    return ran.out[-1].strip() if ran.out else ""
