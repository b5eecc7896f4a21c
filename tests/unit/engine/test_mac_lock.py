"""The lock of a Mac: its program run for real, by racing processes, on a home of its own."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.mac_lock import Holding, MacLock, answered
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Command, lock, render
from carbon_fleet.plan.lock import Answer, Holder

RACES, CONTENDERS = 1000, 2


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path))
        yield tmp_path


def here(command: Command) -> Ran:
    """The command as a connection to this machine runs it; the connection is this very process."""
    ran = subprocess.run(["/bin/sh", "-c", render(command, None)], capture_output=True, text=True, check=False)
    return Ran(ran.returncode, tuple(ran.stdout.splitlines()), tuple(ran.stderr.splitlines()))


def passing(command: Command) -> Ran:
    """The same from a process that is over once it has run: a connection that broke."""
    program = "import subprocess, sys; r = subprocess.run(sys.argv[1:]); sys.exit(r.returncode)"
    argv = [sys.executable, "-c", program, "/bin/sh", "-c", render(command, None)]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    return Ran(ran.returncode, tuple(ran.stdout.splitlines()), tuple(ran.stderr.splitlines()))


def who(id_: str, name: str = "ann@desk") -> Holder:
    return Holder(id_, name, "7", "apply", "run-1")


def said(command: Command) -> Answer:
    return answered(here(command))


def record(home: Path) -> Path:
    return home / ".local/state/carbon-fleet/lock"


def edit(home: Path, key: str, value: str) -> None:
    lines = [
        line if not line.startswith(f"{key}=") else f"{key}={value}" for line in record(home).read_text().split("\n")
    ]
    record(home).write_text("\n".join(lines))


def test_a_lock_nobody_holds_is_taken_and_let_go(home: Path) -> None:
    assert said(lock.look()) == Answer("free")
    assert said(lock.take(who("a"))) == Answer("taken")
    assert record(home).stat().st_mode & 0o777 == 0o600
    assert said(lock.release("a")).state == "released"
    assert said(lock.look()) == Answer("free")
    again = said(lock.take(who("b")))
    assert again.since is not None
    assert again.since < 60


def test_who_holds_it_is_named_to_the_next(home: Path) -> None:
    said(lock.take(who("a")))
    held = said(lock.take(who("b", "bob@lab")))
    assert held.state == "held"
    assert held.holder is not None
    assert (held.holder.id, held.holder.who, held.holder.why, held.holder.run) == ("a", "ann@desk", "apply", "run-1")
    assert held.holder.seconds is not None
    words = lock.refusal("mac-01", held.holder)
    assert "ann@desk (process 7, `apply`, run run-1)" in words.what
    assert words.remedy.endswith("carbon-fleet unlock LAB mac-01 --id a")
    assert said(lock.release("b")).state == "held"
    assert said(lock.look()).holder == held.holder or said(lock.look()).state == "held"


def test_taking_it_again_is_no_race_with_oneself(home: Path) -> None:
    said(lock.take(who("a")))
    assert said(lock.take(who("a"))) == Answer("taken")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("boot", "another", "the Mac has restarted since"),
        ("expires", "1", "its time is over"),
        ("begun", "Thu Jan  1 00:00:00 1970", "what took it is gone"),
        ("process", "999999999", "what took it is gone"),
    ],
)
def test_a_dead_holder_is_recognised_and_named(home: Path, key: str, value: str, words: str) -> None:
    said(lock.take(who("a")))
    edit(home, key, value)
    shown = said(lock.look())
    assert shown.holder is not None
    assert shown.holder.dead == words
    taken = said(lock.take(who("b")))
    assert taken.state == "taken"
    assert taken.holder is not None
    assert (taken.holder.id, taken.holder.dead) == ("a", words)


def test_a_holder_whose_connection_is_over_is_dead(home: Path) -> None:
    assert answered(passing(lock.take(who("a")))).state == "taken"
    taken = said(lock.take(who("b")))
    assert (taken.state, taken.holder and taken.holder.dead) == ("taken", "what took it is gone")


def test_a_damaged_record_holds_nobody_up(home: Path) -> None:
    said(lock.take(who("a")))
    record(home).write_text("nonsense\n")
    taken = said(lock.take(who("b")))
    assert (taken.state, taken.holder and taken.holder.dead) == ("taken", "its record cannot be read")


def test_words_with_newlines_stay_one_line(home: Path) -> None:
    said(lock.take(Holder("a", "ann\nid=evil", "7", "apply", "r")))
    held = said(lock.take(who("b")))
    assert held.holder is not None
    assert (held.holder.id, held.holder.who) == ("a", "ann id=evil")


def contender(home: Path, name: str) -> str:
    """A shell program that takes the lock, is alone with what it guards, and lets go; it counts its turns."""
    take, release = (shlex.join(one.argv) for one in (lock.take(who(name)), lock.release(name)))
    return f"""
    tried=0 turns=0
    while [ $tried -lt {RACES // CONTENDERS} ]; do
        tried=$((tried + 1))
        case $({take}) in state=taken*) ;; *) continue ;; esac
        mkdir guarded || {{ echo both inside >&2; exit 1; }}
        rmdir guarded
        {release} >/dev/null
        turns=$((turns + 1))
    done
    echo $turns
    """


@pytest.mark.timeout(900)
def test_in_a_thousand_races_no_two_were_at_once(home: Path) -> None:
    apart = "import subprocess, sys; sys.exit(subprocess.run(['/bin/sh', '-c', sys.argv[1]]).returncode)"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", apart, contender(home, name)],
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")[:CONTENDERS]
    ]
    ends = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0], ends
    assert all(int(out) > RACES // 100 for out, _ in ends), "each had its turns"


def test_two_that_find_a_dead_holder_do_not_both_take_its_place(home: Path) -> None:
    for _ in range(20):
        said(lock.take(who("dead")))
        edit(home, "expires", "1")
        lines = [render(lock.take(who(name)), None) for name in ("a", "b", "c")]
        racing = [subprocess.Popen(["/bin/sh", "-c", line], stdout=subprocess.PIPE, text=True) for line in lines]
        states = [process.communicate()[0].partition("\n")[0] for process in racing]
        assert sorted(states) == ["state=held", "state=held", "state=taken"]
        for name in ("a", "b", "c"):
            said(lock.release(name))


def held(name: str, **more: float) -> MacLock:
    return MacLock("mac-01", Holding("ann@desk", "apply", "r", id=name, **more), here)


def test_what_was_seen_before_anybody_changed_anything_is_still_true(home: Path) -> None:
    assert held("a").hold(time.monotonic()) is False


def test_what_was_seen_while_another_worked_is_looked_at_again(home: Path) -> None:
    looked = time.monotonic()
    other, mine = held("a"), held("b")
    other.hold(looked)
    other.let_go()
    assert mine.hold(looked) is True
    assert mine.hold(looked) is False, "once held, nobody else changes anything"


def test_long_after_another_nothing_is_old(home: Path) -> None:
    other = held("a")
    other.hold(0)
    other.let_go()
    left = home / ".local/state/carbon-fleet/lock.left"
    os.utime(left, (time.time() - 60, time.time() - 60))
    assert held("b").hold(time.monotonic()) is False


def test_a_held_mac_is_refused_at_once_or_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, told = held("a"), list[str]()
    other.hold(0)
    with pytest.raises(Refused) as refused:
        held("b").hold(0)
    assert refused.value.refusals[0].code == "LOCK_HELD"
    monkeypatch.setattr(time, "sleep", lambda seconds: other.let_go())
    waiting = held("b", wait=60)
    waiting.say = told.append
    assert waiting.hold(time.monotonic()) is True
    assert len(told) == 1
    assert told[0].startswith("waiting for ann@desk")


def test_it_is_held_by_the_new_connection_too_or_lost_with_words(home: Path) -> None:
    mine = held("a")
    mine.hold(0)
    mine.keep()
    edit(home, "id", "other")
    with pytest.raises(Refused, match="is changing this Mac"):
        mine.keep()


def test_letting_go_over_a_broken_connection_is_no_failure() -> None:
    def broken(command: Command) -> Ran:
        raise GaveUp("the connection broke")

    mine = MacLock("mac-01", Holding("ann@desk", "apply", "r"), broken, held=True)
    mine.let_go()
    assert not mine.held


def test_a_mac_that_talks_nonsense_gives_up(home: Path) -> None:
    with pytest.raises(GaveUp, match="gave no answer: no perl"):
        answered(Ran(127, ("hello",), ("no perl",)))
