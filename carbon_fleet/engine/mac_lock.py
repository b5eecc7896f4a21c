"""Holds the lock of one Mac for one run: taken before the first Change, let go at the end."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.rules import Stopped
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Command, lock
from carbon_fleet.plan.lock import Answer, Holder

POLL_SECONDS = 2.0
CLOCK_SECONDS = 2
"""A Mac counts whole seconds, and its answer takes a while: so much closer together counts as at the same time."""


@dataclass(frozen=True)
class Holding:
    """Who takes Macs' locks in one run, why, and how long (seconds) each may be waited for."""

    who: str
    why: str
    run: str
    wait: float = 0.0
    id: str = field(default_factory=lambda: secrets.token_hex(8))


@dataclass
class MacLock:
    """The lock of the Mac called `mac`, reached by `ask`. `say` is told when it is waited for."""

    mac: str
    holding: Holding
    ask: Callable[[Command], Ran]
    say: Callable[[str], None] = lambda text: None
    held: bool = False
    stopping: Callable[[], bool] = lambda: False
    """Whether the run was told to stop: nothing is waited for then."""

    def hold(self, looked: float) -> bool:
        """Hold it from now on. True when what was seen at the monotonic time `looked` may be old.

        Raises `Refused` (`LOCK_HELD`) when somebody else holds it, and `GaveUp`.
        """
        if self.held:
            return False
        until, told = time.monotonic() + self.holding.wait, False
        while (said := self._take()).state != "taken":
            if said.holder is None or time.monotonic() >= until:
                raise Refused((lock.refusal(self.mac, said.holder or _unknown()),))
            if not told:
                self.say(f"waiting for {lock.held_by(said.holder)}")
                told = True
            time.sleep(POLL_SECONDS)
            if self.stopping():
                raise Stopped
        self.held = True
        ago = time.monotonic() - looked
        return told or said.holder is not None or (said.since is not None and said.since <= ago + CLOCK_SECONDS)

    def keep(self) -> None:
        """After the connection was made anew: hold it by this one. Raises like `hold`."""
        if self.held:
            said = self._take()
            if said.state != "taken":
                raise Refused((lock.refusal(self.mac, said.holder or _unknown()),))

    def let_go(self) -> None:
        """Let others have it. Where that cannot be said any more, the end of our connection says it."""
        if self.held:
            self.held = False
            try:
                self.ask(lock.release(self.holding.id))
            except GaveUp:
                return

    def _take(self) -> Answer:
        about = self.holding
        return answered(self.ask(lock.take(Holder(about.id, about.who, str(os.getpid()), about.why, about.run))))


def answered(ran: Ran) -> Answer:
    """What the lock answered; raises `GaveUp` when it could not."""
    try:
        return lock.answer(ran.out)
    except ValueError as error:
        last = ran.err[-1] if ran.err else f"status {ran.status}"
        raise GaveUp(f"{error}: {last}") from None


def _unknown() -> Holder:
    return Holder("unknown", "somebody", "unknown", "unknown", "unknown")
