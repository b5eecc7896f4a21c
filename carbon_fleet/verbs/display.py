"""The picture of a run on a terminal: a line for each Mac in work, and one that counts."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import gevent
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from carbon_fleet.report.cells import STYLE
from carbon_fleet.report.document import Outcome
from carbon_fleet.report.part import share_of
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.values import visible

EVERY = 0.2
"""Seconds between two pictures."""
MOST = 20
"""Lines of Macs, however high the terminal is."""
BAR = 20
BAD = frozenset({Outcome.FAILED, Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.VERIFY_FAILED})


@dataclass
class _Row:
    address: str
    text: str
    share: float | None = None
    began: float = field(default_factory=time.monotonic)


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Let the caller decide: rich itself would end the program with 1."""
        raise BrokenPipeError


class Display:
    """What is drawn; told of by `at` and `ended`, shown while `shown()` lasts."""

    def __init__(self, total: int, console: Console | None = None) -> None:
        """`total` Macs will have their turn."""
        self._console = console or _Terminal(file=sys.stderr, emoji=False, highlight=False)
        self._total, self._began = total, time.monotonic()
        self._rows: dict[str, _Row] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._live: Live | None = None

    def at(self, mac: str, address: str, text: str) -> None:
        """The Mac is at this now; `text` may be a `Part`, whose share is drawn."""
        row = self._rows.setdefault(mac, _Row(address, text))
        row.address, row.text, row.share = address, visible(HIDDEN.text(text)), share_of(text)

    def ended(self, mac: str, outcome: Outcome) -> None:
        """The Mac is at its end."""
        self._rows.pop(mac, None)
        self._outcomes[mac] = outcome

    def line(self, text: str) -> None:
        """A line that stays, above the picture. Raises `OSError` when the terminal is gone."""
        self._console.print(Text(text), soft_wrap=True)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw it again and again; at the end, however it comes, it is taken away and the cursor is as it was."""
        live = Live(console=self._console, auto_refresh=False, transient=True, redirect_stdout=False)
        try:
            live.start()
            drawing = gevent.spawn(self._draw, live)
        except OSError:
            yield
            return
        try:
            yield
        finally:
            drawing.kill()
            try:
                live.update(Text(""))
                live.stop()
            except OSError:  # the terminal is gone, and its cursor with it
                pass

    def _draw(self, live: Live) -> None:
        while True:
            try:
                live.update(self.picture(self._console.height), refresh=True)
            except OSError:
                return
            gevent.sleep(EVERY)

    def picture(self, height: int) -> RenderableType:
        """What a terminal of so many lines shows now."""
        now = time.monotonic()
        fits = max(1, min(MOST, height - 3))
        table = Table.grid(padding=(0, 2), expand=True)
        for ratio in (None, None, 1, None, None):
            table.add_column(no_wrap=True, overflow="ellipsis", ratio=ratio)
        for mac, row in list(self._rows.items())[:fits]:
            bar = ProgressBar(1.0, row.share, width=BAR) if row.share is not None else Text("")
            table.add_row(
                Text(mac, "bold"), Text(row.address), Text(row.text, "dim"), bar, Text(_clock(now - row.began))
            )
        more = len(self._rows) - fits
        rest = [Text(f"and {more} more in work", "dim")] if more > 0 else []
        return Group(table, *rest, self._count(now))

    def _count(self, now: float) -> Text:
        words = Text(f"{len(self._outcomes)} of {self._total} done")
        for outcome, number in Counter(self._outcomes.values()).items():
            words.append(f" · {number} {outcome.value}", STYLE[outcome])
        return words.append(f" · {_clock(now - self._began)}", "dim")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
