"""Brings images from the Macs that build them to those that do not: who waits for whom, and what came of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore, RLock
from pyinfra.api.exceptions import ConnectError

from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.engine.rules import Stopped
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.transfer import Again, Carry, Pull, Tally, Transfer, said
from carbon_fleet.plan import Bring, Change
from carbon_fleet.report.document import Failure, MacReport, Result
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.snapshot import Guest, Unreadable
from carbon_fleet.spec import Lab, Mac
from operations.docker import carry
from operations.docker.carry import Archive
from operations.image import spread, through
from operations.image.spread import Layout
from operations.image.through import HandedOut

TRANSFERS = 4
"""How many Macs take from one builder at a time: more would only make each slower, and an sshd allows ten channels."""
TRIES = 2
PAUSE_SECONDS = 1.0
"""Between two tries: both ends of a lost connection take a moment to know it, and to end what ran in it."""
Open = Callable[[Lab, Mac], tuple[Session, Callable[[], None]]]
Say = Callable[[str, str, str], None]


@dataclass
class Builder:
    """One Mac that builds for others: whether it is done with that, and our connection to it."""

    mac: Mac
    open: Callable[[], tuple[Session, Callable[[], None]]]
    ready: Event = field(default_factory=Event)
    slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(TRANSFERS))
    seconds: dict[str, float] = field(default_factory=dict)
    """What building took in this run, by address."""
    _lock: RLock = field(default_factory=RLock)
    _session: Session | None = None
    _end: Callable[[], None] = lambda: None
    _layouts: dict[str, Layout] = field(default_factory=dict)
    _pushed: dict[str, HandedOut] = field(default_factory=dict)

    def session(self, *, inside: bool = True) -> Session:
        """Our connection, made or mended, that knows the way into its machine where that is to be gone (`inside`)."""
        with self._lock:
            if self._session is None:
                self._session, self._end = self.open()
            self._session.mend()
            if inside and self._session.snapshot().guest is not Guest.REACHED:
                self._session.forget()
                raise Unreadable(f"the virtual machine of {self.mac.name} does not run")
            return self._session

    def layout(self, bring: Bring, session: Session, *, anew: bool) -> Layout | None:
        """The image as it is laid out there, once for all that take it; None when it is not there."""
        with self._lock:
            if anew or bring.tag not in self._layouts:
                answer = said(session.ask(spread.lay_out(bring, again=anew)), every=False)
                found = spread.layout_in(answer)
                if found is None:
                    return None
                self._layouts[bring.tag] = found
            return self._layouts[bring.tag]

    def pushed(self, bring: Bring, session: Session, *, anew: bool) -> HandedOut | None:
        """The image as it is in the lab's registry, once for all that pull it; None when the builder has none."""
        with self._lock:
            if anew or bring.tag not in self._pushed:
                command = through.hand_out(bring.tag, self.mac, bring.seconds, again=anew)
                found = through.handed_out_in(said(session.ask(command), every=False))
                if found is None:
                    return None
                self._pushed[bring.tag] = found
            return self._pushed[bring.tag]

    def archive(self, bring: Bring, session: Session, *, anew: bool) -> Archive | None:
        """The image as its Docker Desktop has it; None when it has none. That is asked each time (`anew` or not)."""
        return carry.told_in(said(session.ask(carry.tell(bring)), every=False))

    def close(self) -> None:
        """Take away what was laid out, as far as the builder is still there, and end the connection."""
        try:
            if self._session is not None and self._layouts:
                self._session.ask(spread.clear())
        except (GaveUp, ConnectError):
            return  # its next layout takes it away
        finally:
            self._end()


class Courier:
    """Brings images in one run over a lab. `macs` are those of the run: a builder among them is waited for."""

    def __init__(self, lab: Lab, macs: Sequence[Mac], open_: Open, say: Say) -> None:
        """No builder is connected to before the first image is to be brought from it."""
        builders = {mac.builder.name: mac.builder for mac in macs if mac.builder is not None}
        self._builders = {name: Builder(mac, partial(open_, lab, mac)) for name, mac in builders.items()}
        self._say = say
        for name in builders.keys() - {mac.name for mac in macs}:
            self._builders[name].ready.set()

    def settled(self, session: Session) -> None:
        """A Mac of the run has all its images: those who wait for them may go on.

        With a registry, which may be a stack of that Mac, they wait until it is done with everything.
        """
        builder = self._builders.get(session.mac.name)
        if builder is not None:
            builder.seconds = {each.address: each.seconds for each in session.results if _builds(each)}
            if session.mac.registry is None:
                builder.ready.set()

    def ended(self, mac: str) -> None:
        """A Mac of the run has ended, however."""
        if mac in self._builders:
            self._builders[mac].ready.set()

    def close(self) -> None:
        """End all connections."""
        for builder in self._builders.values():
            builder.close()

    def bring(self, session: Session, change: Change, report: MacReport) -> None:
        """Bring the image of a Change that has a `bring` to the Mac of `session`. Raises `Trouble`."""
        bring = change.bring
        assert bring is not None, "only what is to be brought comes here"  # noqa: S101
        builder, tell = self._builders[bring.builder], partial(self._say, session.mac.name, change.address)
        tell(change.reason)
        if not builder.ready.is_set():
            tell(f"wait until {bring.builder} has it")
            builder.ready.wait()
            if session.stopping():
                raise Stopped
        session.snapshot()
        since, tally = session.execs, Tally()
        with builder.slots:
            began = time.monotonic()
            self._tried(builder, session, change.address, bring, tally, tell)
            tally.seconds = round(time.monotonic() - began, 3)
        took = builder.seconds.get(change.address)
        session.count_as_one(since, _result(change.address, bring, tally))
        registry = session.mac.registry.at if session.mac.registry and not bring.engine else None
        report.measured.setdefault("spread", []).append(_entry(bring, tally, took, registry))

    def _tried(
        self, builder: Builder, target: Session, address: str, bring: Bring, tally: Tally, tell: Callable[[str], None]
    ) -> None:
        anew = every = False
        for last in range(TRIES - 1, -1, -1):
            try:
                source, image = _source(builder, address, bring, target.mac, anew=anew)
                tell(f"bring it from {bring.builder}")
                if isinstance(image, HandedOut):
                    Pull(bring, target, tally).run(image)
                elif isinstance(image, Archive):
                    Carry(bring, source, target, tally, tell).run(image)
                else:
                    Transfer(bring, source, target, tally, tell).run(image, every=every)
            except (Again, GaveUp, Unreadable) as error:
                if not last:
                    raise Trouble(_broke(address, bring, error)) from error
                tell(f"it broke off ({error}): {'begin again' if bring.engine else 'go on from there'}")
                anew, every = getattr(error, "anew", False), getattr(error, "every", False)
                gevent.sleep(PAUSE_SECONDS)
                target.mend()
            else:
                return


def _source(
    builder: Builder, address: str, bring: Bring, target: Mac, *, anew: bool
) -> tuple[Session, Layout | HandedOut | Archive]:
    name = bring.builder
    try:
        session = builder.session(inside=not bring.engine)
        get = builder.archive if bring.engine else builder.layout if target.registry is None else builder.pushed
        image = get(bring, session, anew=anew)
    except ConnectError as error:
        why = "it builds the images of this Mac, and could not be entered"
        remedy = f"mend what the report says of {name}; or write `build_on: null` here, and this Mac builds its own"
        raise Trouble(Failure(address, "BUILDER_UNREACHABLE", f"{name}: {error}", why, remedy)) from error
    except (Again, GaveUp, Unreadable) as error:
        why = "it builds the images of this Mac, and did not hand this one out"
        registry = None if bring.engine else target.registry
        mend = f"{name}, or the registry {registry.at} it pushes to" if registry else name
        remedy = f"mend {mend}, then run `carbon-fleet apply` again"
        raise Trouble(Failure(address, "BUILDER_FAILED", f"{name}: {error}", why, remedy)) from error
    if image is None:
        what = f"{name}, which builds it, has no image {bring.tag}"
        why = "there is nothing to bring"
        remedy = f"run `carbon-fleet apply LAB --limit {name}` and mend what it says, then this again"
        raise Trouble(Failure(address, "BUILDER_LACKS_IMAGE", what, why, remedy))
    if image.inputs != bring.inputs:
        what = f"{bring.tag} on {name} was made from other inputs ({image.inputs[:16]}…)"
        remedy = f"run `carbon-fleet apply LAB --limit {name}`: it is built anew"
        raise Trouble(Failure(address, "BUILDER_LACKS_IMAGE", what, "it is not the image that is wished", remedy))
    return session, image


def _builds(result: Result) -> bool:
    return result.address.startswith(("image.", "docker.image.")) and result.status == 0


def _broke(address: str, bring: Bring, error: Exception) -> Failure:
    kept, on = "what has come of it is kept", "it goes on from there"
    if bring.engine:
        kept, on = "an archive is taken whole or not at all", "it begins again"
    why = f"the image could not be brought from {bring.builder}; {kept}"
    return Failure(address, "NOT_BROUGHT", str(error), why, f"mend what it names and run again: {on}")


def _result(address: str, bring: Bring, tally: Tally) -> Result:
    there = f"{tally.kept} bytes were there ({tally.skipped} blobs whole)"
    tail = (f"{tally.moved} bytes in {tally.blobs} blobs were moved, {there}", f"image {tally.id}")
    return Result(address, f"bring {bring.tag} from {bring.builder}", 0, tally.seconds, tail)


def _entry(bring: Bring, tally: Tally, built: float | None, registry: str | None) -> dict[str, object]:
    return {
        "image": bring.tag,
        "builder": bring.builder,
        "registry": registry,
        "id": tally.id,
        "moved_bytes": tally.moved,
        "moved_blobs": tally.blobs,
        "kept_bytes": tally.kept,
        "skipped_blobs": tally.skipped,
        "seconds": tally.seconds,
        "build_seconds": built,
    }
