"""Ctrl-C reaches the run, whichever of its greenlets happens to compute at that moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import gevent


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt here, in the greenlet that waits for the others, and in no other.

    Python's own handler raises it in whatever runs: in a connection's greenlet it would end that connection, be taken
    for a Mac that cannot be reached, and the run would go on. In another thread than the main one nothing is changed,
    for there no signal can be handled.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    watcher = gevent.signal_handler(signal.SIGINT, gevent.kill, gevent.getcurrent(), KeyboardInterrupt)
    try:
        yield
    finally:
        watcher.cancel()
        signal.signal(signal.SIGINT, before)
