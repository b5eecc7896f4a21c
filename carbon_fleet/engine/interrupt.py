"""Ctrl-C reaches the run, whichever of its greenlets happens to compute at that moment."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gevent

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Stop:
    """Whether a run was told to stop. `told` hears of the first time."""

    told: Callable[[], None] = lambda: None
    asked: bool = False

    def __call__(self) -> bool:
        """Whether nothing further may begin."""
        return self.asked


_held: list[Stop | None] = []


@contextmanager
def interruptible(stop: Stop | None = None) -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt here, in the greenlet that waits for the others, and in no other.

    Python's own handler raises it in whatever runs: in a connection's greenlet it would end that connection, be taken
    for a Mac that cannot be reached, and the run would go on. With a `stop`, the first SIGINT or SIGTERM only asks it,
    and the second raises. In another thread than the main one nothing is changed, for there no signal can be handled;
    and nothing inside another `interruptible`.
    """
    if _held or threading.current_thread() is not threading.main_thread():
        yield
        return
    here = gevent.getcurrent()

    def arrived() -> None:
        if stop is None or stop.asked:
            gevent.kill(here, KeyboardInterrupt)
            return
        stop.asked = True
        stop.told()

    numbers = SIGNALS if stop is not None else SIGNALS[:1]
    before = {number: signal.getsignal(number) for number in numbers}
    watchers = [gevent.signal_handler(number, arrived) for number in numbers]
    _held.append(stop)
    try:
        yield
    finally:
        _held.clear()
        for watcher in watchers:
            watcher.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
