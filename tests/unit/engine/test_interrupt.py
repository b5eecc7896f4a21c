import os
import signal
import time

import gevent
import pytest

from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.interrupt import interruptible


def test_ctrl_c_while_another_greenlet_computes_ends_the_wait_and_not_the_greenlet() -> None:
    ended: list[str] = []

    def compute() -> None:
        try:
            gevent.sleep(0.05)
            os.kill(os.getpid(), signal.SIGINT)
            end = time.monotonic() + 0.1
            while time.monotonic() < end:
                pass
        except KeyboardInterrupt:
            ended.append("in the greenlet")
            return
        gevent.sleep(5)
        ended.append("never interrupted")

    worker = gevent.spawn(compute)
    with pytest.raises(KeyboardInterrupt), interruptible():
        worker.join(3)
    assert ended == []
    worker.kill()


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible():
        pass
    assert signal.getsignal(signal.SIGINT) is before
