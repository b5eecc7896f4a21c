"""Progress on standard error: a picture on a terminal that is taken away whatever ends it, plain lines elsewhere."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

import pytest
from rich.console import Console

from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.report.part import Part
from carbon_fleet.verbs.display import Display
from carbon_fleet.verbs.talk import Talk, stopping_words

SECONDS = 60
NOTHING: Mapping[str, str] = MappingProxyType({})
HIDE, SHOW = b"\x1b[?25l", b"\x1b[?25h"
SCRIPT = """
import os, signal, sys, gevent
from carbon_fleet.engine.interrupt import Stop, interruptible
from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.report.part import Part
from carbon_fleet.verbs.talk import Talk

end = sys.argv[1]
talk = Talk(quiet=False)
stop = Stop(lambda: talk.note("stopping: each Mac ends after the change it is in"))
try:
    with talk.over([None, None]), interruptible(stop):
        talk.began("mac-01")
        talk.part("mac-01", "image.venus", Part("step 3 of 7: RUN make", 3 / 7))
        gevent.sleep(0.3)
        talk.ended(MacReport("mac-02", Outcome.FAILED, failures=[Failure("a", "C", "no room left", "", "")]))
        for _ in range({"well": 0, "once": 1, "twice": 2}[end]):
            os.kill(os.getpid(), signal.SIGINT)
            gevent.sleep(0.3)
        talk.ended(MacReport("mac-01", Outcome.CHANGED, 2.0))
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
    sys.exit(130)
print("the Report")
"""


def shown(end: str, environment: Mapping[str, str] = NOTHING, *, hang_up: bool = False) -> tuple[int, bytes]:
    """The script's exit code and all that a terminal got of it; with `hang_up` nobody reads that terminal."""
    master, slave = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "TERM")}
    command = [sys.executable, "-c", SCRIPT, end]
    process = subprocess.Popen(
        command, stdin=slave, stdout=subprocess.DEVNULL, stderr=slave, env={**kept, "TERM": "xterm", **environment}
    )
    os.close(slave)
    text = b""
    if hang_up:
        os.close(master)
    else:
        with suppress(OSError):  # the other end is closed: Linux says EIO
            while chunk := os.read(master, 65536):
                text += chunk
        os.close(master)
    return process.wait(SECONDS), text


def lines(text: bytes) -> list[str]:
    """What is left to be read on the terminal, times taken out."""
    plain = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", text.rpartition(HIDE)[2]).decode()
    return [re.sub(r"^ *[0-9.]+s ", "", line.strip()) for line in plain.splitlines() if line.strip()]


@pytest.mark.parametrize(("end", "code"), [("well", 0), ("once", 0), ("twice", 130)])
def test_a_terminal_gets_its_cursor_back_whatever_ends_the_run(end: str, code: int) -> None:
    status, text = shown(end)
    assert status == code, text
    assert (text.count(HIDE), text.count(SHOW)) == (1, 1)
    assert text.index(HIDE) < text.index(SHOW)
    seen = lines(text)
    assert any("mac-01" in line and "image.venus" in line and "step 3 of 7: RUN make" in line for line in seen)
    assert "mac-02  failed: no room left" in seen
    assert ("stopping: each Mac ends after the change it is in" in seen) is (end != "well")
    assert b"Traceback" not in text
    after = text.rpartition(SHOW)[2]
    assert b"mac-01" not in after, "the picture is gone"


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"CI": "true"}, {"TERM": "dumb"}, {"TERM": ""}])
def test_plain_lines_where_no_picture_is_wanted(environment: dict[str, str]) -> None:
    status, text = shown("well", environment)
    assert status == 0
    assert b"\x1b" not in text
    assert [re.sub(r"^ *[0-9.]+s ", "", line) for line in text.decode().splitlines()] == [
        "mac-01  image.venus: step 3 of 7: RUN make",
        "mac-02  done: failed in 0.0 s",
        "mac-01  done: changed in 2.0 s",
    ]


@pytest.mark.parametrize("environment", [{}, {"TERM": "dumb"}])
def test_a_terminal_that_is_closed_ends_nothing(environment: dict[str, str]) -> None:
    assert shown("well", environment, hang_up=True)[0] == 0


def test_a_reader_that_is_gone_ends_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run([sys.executable, "-c", SCRIPT, "well"], stdout=subprocess.PIPE, stderr=writer, timeout=SECONDS)
    os.close(writer)
    assert (ran.returncode in (0, 120), ran.stdout) == (True, b"the Report\n")


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(quiet=True)
    with talk.over([]):
        talk.say("mac-01", "a", "b")
        talk.note("c")
        talk.ended(MacReport("mac-01", Outcome.FAILED))
    assert capsys.readouterr() == ("", "")


def picture(display: Display, height: int = 30, width: int = 100) -> list[str]:
    console = Console(width=width, height=height, force_terminal=False, color_system=None)
    with console.capture() as captured:
        console.print(display.picture(height))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_a_line_for_each_mac_in_work_and_one_that_counts() -> None:
    display = Display(4)
    display.at("mac-01", "image.venus", Part("step 3 of 6: RUN make", 0.5))
    display.at("mac-02", "stack.db", "wait [bold]until[/bold] it is healthy\x1b[31m")
    display.at("mac-03", "machine.carbon", "start it")
    display.ended("mac-03", Outcome.CHANGED)
    first, second, count = picture(display)
    assert re.fullmatch(r"mac-01 +image\.venus +step 3 of 6: RUN make +━+╸? *━* +0:00", first), first
    assert re.fullmatch(r"mac-02 +stack\.db +wait \[bold\]until\[/bold\] it is healthy\\x1b\[31m +0:00", second), second
    assert count == "1 of 4 done · 1 changed · 0:00"


def test_more_than_fit_are_counted() -> None:
    display = Display(40)
    for number in range(40):
        display.at(f"mac-{number:02}", "", "look")
    assert [line.split()[0] for line in picture(display, 10)] == [*(f"mac-{n:02}" for n in range(7)), "and", "0"]
    assert picture(display, 10)[-2] == "and 33 more in work"
    assert len(picture(display, 100)) == 22
    assert len(picture(display, 2)) == 3


def test_in_a_narrow_terminal_each_mac_keeps_its_one_line() -> None:
    display = Display(1)
    display.at("mac-01", "image.carbon-compute", Part("stage 1 of 2, step 3 of 6: RUN " + "x" * 200, 0.1))
    assert len(picture(display, width=40)) == 2


def test_the_first_ctrl_c_says_what_is_waited_for() -> None:
    working = {f"mac-0{n}": MacReport(f"mac-0{n}") for n in range(1, 6)}
    assert stopping_words({}) == "stopping: no further Mac begins"
    assert stopping_words(working) == (
        "stopping: each Mac ends after the change it is in (mac-01 look, mac-02 look, mac-03 look, and 2 more); "
        "Ctrl-C again ends them at once"
    )


def test_failures_are_told_as_they_come_and_macs_not_reached_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    talk = Talk(quiet=False)
    talk.ended(MacReport("mac-01", Outcome.NOT_REACHED))
    talk.ended(MacReport("mac-02", Outcome.FAILED, 1.0, failures=[Failure("a", "C", "what", "", "")]))
    assert [line[8:] for line in capsys.readouterr().err.splitlines()] == ["mac-02  done: failed in 1.0 s"]
