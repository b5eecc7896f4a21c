"""One image, from the Mac that built it through here to another: blob by blob, each from where it was."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Bring, Command
from carbon_fleet.report.part import Part
from operations.docker import carry
from operations.docker.carry import Archive
from operations.image import spread, through
from operations.image.spread import Layout
from operations.image.through import HandedOut

TOLD_SECONDS = 10.0
"""How often progress is told."""
PIECE = 256 * 1024


class Again(Exception):
    """The transfer broke off where another try goes on: with `anew` of a new layout, with `every` of all layers."""

    def __init__(self, what: str, *, anew: bool = False, every: bool = False) -> None:
        """Keep how to go on; the message is what happened."""
        self.anew, self.every = anew, every
        super().__init__(what)


@dataclass
class Tally:
    """What moving one image took: bytes and blobs that were moved, bytes and blobs that were there, seconds.

    Through a registry `blobs` are all of the image's, and `moved` is what the machine's network counted.
    """

    id: str = ""
    moved: int = 0
    blobs: int = 0
    kept: int = 0
    skipped: int = 0
    seconds: float = 0.0


@dataclass
class _Stream:
    """What is streamed from one Mac to another. `source` is the builder's Session, `target` the receiver's.

    What goes on in a machine needs Sessions that know the way inside.
    """

    bring: Bring
    source: Session
    target: Session
    tally: Tally
    tell: Callable[[str], None]

    def _begin(self, total: int) -> None:
        self._began, self._told, self._before = time.monotonic(), time.monotonic(), self.tally.moved
        self._total = total

    def _pour(self, give: Command, take: Command) -> None:
        """All that `give` gives into `take`. Raises `Again`, or `GaveUp` when a connection breaks."""
        giver = self.source.open(give)
        try:
            taker = self.target.open(take)
            try:
                while (piece := giver.read(PIECE)) and taker.write(piece):
                    self._moved(len(piece))
                taken = taker.wait()
            finally:
                taker.close()
            if taken.status != 0:
                raise Again(_last(taken.err, taken.status), anew=taken.status == SPOILED)
            given = giver.wait()
            if given.status != 0:
                raise Again(_last(given.err, given.status), anew=True)
        finally:
            giver.close()

    def _moved(self, number: int) -> None:
        self.tally.moved += number
        now = time.monotonic()
        if now - self._told >= TOLD_SECONDS:
            self._told = now
            done = self.tally.moved - self._before
            rate = done / (now - self._began) / 1e6
            words = f"{done / 1e6:.0f} of {self._total / 1e6:.0f} MB are there ({rate:.0f} MB/s)"
            self.tell(Part(words, min(1.0, done / max(self._total, 1))))


class Transfer(_Stream):
    """The way of one image between machines, by its blobs."""

    def run(self, layout: Layout, *, every: bool) -> None:
        """Move what is lacking and make the image of it. Raises `Again`, or `GaveUp` when a connection breaks."""
        asked = self.target.ask(spread.lack(self.bring, layout, every=every))
        lacking = spread.lacking_in(said(asked, every=False), layout)
        if self.tally.id != layout.id:  # a second try finds what the first has moved
            self.tally.id, self.tally.skipped = layout.id, len(lacking.skipped)
            self.tally.kept = sum(layout.blobs[blob] for blob in lacking.skipped) + sum(lacking.wanted.values())
        self._begin(sum(layout.blobs[blob] - offset for blob, offset in lacking.wanted.items()))
        for blob, offset in lacking.wanted.items():
            self._pour(spread.give(self.bring, layout, blob, offset), spread.take(self.bring, layout, blob, offset))
            self.tally.blobs += 1
        said(self.target.ask(spread.land(self.bring, layout)), every=True)


class Carry(_Stream):
    """The way of one image from Docker Desktop to Docker Desktop: an archive, all of it."""

    def run(self, archive: Archive) -> None:
        """Move it. Raises `Again`, or `GaveUp` when a connection breaks."""
        self._begin(archive.size)
        self._pour(carry.give(self.bring), carry.take(self.bring, archive))
        self.tally.id, self.tally.blobs = archive.inputs, archive.count


@dataclass
class Pull:
    """The way of one image through the lab's registry: podman in the receiver's machine fetches it."""

    bring: Bring
    target: Session
    tally: Tally

    def run(self, image: HandedOut) -> None:
        """Pull it by its digest. Raises `Again`: the registry may have lost it, so another try pushes it anew."""
        ran = self.target.ask(through.take(self.bring, image, self.target.mac))
        if ran.status != 0:
            raise Again(_last((*ran.out, *ran.err), ran.status), anew=True)
        taken = through.taken_in(ran.out)
        self.tally.id, self.tally.blobs = image.id, len(image.blobs)
        self.tally.moved, self.tally.kept = taken.came, taken.kept


SPOILED = 65
"""take.sh: all bytes came, and they are not what they should be."""


def said(ran: Ran, *, every: bool) -> tuple[str, ...]:
    """What a command answered; `Again` when it failed."""
    if ran.status != 0:
        raise Again(_last((*ran.out, *ran.err), ran.status), every=every)
    return ran.out


def _last(lines: tuple[str, ...], status: int) -> str:
    return next((line for line in reversed(lines) if line.strip()), f"it ended with status {status}")
