"""Ctrl-C while greenlets compute, in a process of its own: gevent patches a process for good."""

import subprocess
import sys

SCRIPT = """
from carbon_fleet.engine import fleet  # its import patches the process
import gevent, json, os, signal, time
from carbon_fleet.engine.interrupt import interruptible

ended = []

def compute():
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

before = signal.getsignal(signal.SIGINT)
worker = gevent.spawn(compute)
try:
    with interruptible():
        worker.join(3)
    ended.append("never interrupted")
except KeyboardInterrupt:
    ended.append("in the wait")
worker.kill()
print(json.dumps({"ended": ended, "restored": signal.getsignal(signal.SIGINT) is before}))
"""


def test_ctrl_c_ends_the_wait_and_not_the_greenlet_and_is_then_what_it_was() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ('{"ended": ["in the wait"], "restored": true}\n', "")


TWICE = """
from carbon_fleet.engine import fleet  # its import patches the process
import gevent, json, os, signal
from carbon_fleet.engine.interrupt import Stop, interruptible

said = []
stop = Stop(lambda: said.append("told"))
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

def send():
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.sleep(0.05)
        said.append("asked" if stop() else "not asked")
        os.kill(os.getpid(), number)
    gevent.sleep(30)

sender = gevent.spawn(send)
try:
    with interruptible(stop):
        with interruptible():  # what runs inside changes nothing
            sender.join(30)
    said.append("never interrupted")
except KeyboardInterrupt:
    said.append("interrupted")
sender.kill()
after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
print(json.dumps({"said": said, "restored": before == after}))
"""


def test_the_first_asks_to_stop_and_the_second_interrupts() -> None:
    ran = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True, timeout=60)
    wished = '{"said": ["not asked", "told", "asked", "interrupted"], "restored": true}\n'
    assert (ran.stdout, ran.stderr) == (wished, "")
