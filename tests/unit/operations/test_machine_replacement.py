"""What a replacement consists of, how a cut-off one goes on, what is told of what is at stake and of what is kept."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.engine.ends import REMEDIES
from carbon_fleet.plan import Action, Attribute, Change, Notice, World
from carbon_fleet.plan.bound import id_of
from carbon_fleet.snapshot import read_snapshot
from carbon_fleet.spec import Duration, Mac
from operations.machine import differences
from operations.machine.kept import PURGE
from operations.machine.replacement import CODES, LEAVE
from operations.machine.scripts import WHY, guarded, step
from operations.machine.seen import Disk, MachineSeen, Processes, Replaced, State
from tests.unit.operations.machine_world import ABSENT, CONFIG, DISKS, RUNNING, STOPPED, WANTED, changes, lines, world
from tests.unit.operations.test_machine import ANEW, ASIDE, DISCONNECT, FATE, PREFER, SAVE, START, STOP

KEPT = "/Users/lab/.local/state/carbon-fleet/replaced/carbon/20261130T050322Z"
OLD = Replaced("20261130T050322Z", RUNNING.time - 3600, 4096)
SHRUNK = replace(RUNNING, config=replace(CONFIG, disk_gib=200))
FILL = ["guarded-bring.sh carbon libkrun", "settle.sh carbon libkrun", PREFER]
RM = "guarded-remove.sh carbon libkrun podman machine rm -f carbon"
MOVED = ("moved", KEPT)
GONE = replace(ABSENT, replacing=MOVED)


def consented(seen: MachineSeen, *consents: str) -> Iterator[Any]:
    given = replace(world(), consents=frozenset(consents))
    yield from differences(WANTED, seen, given)


def test_a_machine_is_saved_before_it_is_set_aside_and_nothing_is_removed() -> None:
    (change,) = changes(SHRUNK)
    assert (change.action, lines(change)) == (Action.REPLACE, [SAVE, ASIDE, *ANEW])
    assert "machine rm" not in " ".join(lines(change))


def test_one_that_cannot_be_saved_is_set_aside_whole_by_consent() -> None:
    (change,) = consented(SHRUNK, LEAVE)
    assert lines(change) == [ASIDE, *ANEW]
    assert "nothing of it is brought into the new machine" in change.at_stake[-1]


def test_every_step_after_the_first_move_has_a_way_back_and_a_code() -> None:
    (change,) = changes(SHRUNK)
    for command in change.commands[1:5]:
        assert "put_back" in command.argv[2]
        assert set(CODES) <= set(command.codes)
    assert set(CODES.values()) <= set(REMEDIES)
    assert all("put_back" in guarded(name) for name in WHY)
    assert step("aside").count("CARBON_FLEET_RESTORE") == 2


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (replace(RUNNING, replacing=("moving", KEPT)), [ASIDE, *ANEW]),
        (GONE, ANEW),
        (replace(GONE, mark="making"), ["guarded-clear.sh carbon libkrun", *ANEW]),
        (replace(GONE, disks=DISKS), ["guarded-clear.sh carbon libkrun", *ANEW]),
        (replace(GONE, connections=RUNNING.connections), [*DISCONNECT, *ANEW]),
        (replace(STOPPED, replacing=MOVED), [f"guarded-{START}", *FILL]),
        (replace(STOPPED, replacing=MOVED, mark="making"), ["finish.sh carbon libkrun", f"guarded-{START}", *FILL]),
        (replace(RUNNING, replacing=MOVED), FILL),
        (
            replace(RUNNING, replacing=MOVED, state=State.BETWEEN),
            [f"guarded-{STOP}", f"guarded-{START}", *FILL],
        ),
        (
            replace(RUNNING, replacing=MOVED, processes=Processes({"carbon": 1}, {})),
            [f"guarded-{STOP}", f"guarded-{START}", *FILL],
        ),
        (replace(SHRUNK, replacing=MOVED), [RM, *ANEW]),
        (replace(STOPPED, replacing=MOVED, disks={"libkrun": (Disk.EMPTY, "")}), [RM, *ANEW]),
    ],
)
def test_what_was_cut_off_is_gone_on_with_without_another_consent(seen: MachineSeen, expected: list[str]) -> None:
    (change,) = changes(seen)
    assert (change.action, lines(change)) == (Action.RUN, expected)
    assert "replaced/carbon/20261130T050322Z" in change.reason
    assert change.attributes == (Attribute("replacement", seen.replacing[0], None),)


def test_before_anything_was_moved_it_begins_anew_or_is_forgotten() -> None:
    (again,) = changes(replace(SHRUNK, replacing=("saved", KEPT)))
    assert (again.action, lines(again)[0]) == (Action.REPLACE, SAVE)
    (forget,) = changes(replace(RUNNING, replacing=("saving", KEPT)))
    assert (forget.action, lines(forget)) == (Action.RUN, ["forget.sh carbon libkrun"])


def test_what_was_replaced_is_named_until_its_time_is_up() -> None:
    seen = replace(RUNNING, replaced=(OLD,))
    (notice,) = differences(WANTED, seen, world())
    assert isinstance(notice, Notice)
    assert notice.code == "MACHINE_REPLACED"
    assert "until 2026-11-28 10:00 UTC (4 MiB)" in notice.what
    assert f"sh ~/.local/state/carbon-fleet/replaced/carbon/{OLD.folder}/restore" in notice.why
    assert "--purge-old mac-01" in notice.remedy
    hour = WANTED.model_copy(update={"keep_replaced": Duration.parse("1h")})
    (removal,) = changes(seen, hour)
    assert removal.event == "its time was up on 2026-11-21 11:00 UTC"
    (asked,) = consented(seen, PURGE)
    assert asked.event == ""
    for change in (removal, asked):
        assert isinstance(change, Change)
        assert change.action is Action.DELETE
        assert lines(change) == [f"purge.sh carbon libkrun {OLD.folder}"]


def test_what_is_at_stake_is_told_with_sizes_last_use_ports_and_people() -> None:
    answer = read_snapshot("mac-01", LOADED.splitlines())
    seen = replace(SHRUNK, connected={8888: 2, 50022: 1})
    (change,) = differences(WANTED, seen, World(Mac("mac-01"), answer))
    assert isinstance(change, Change)
    assert change.at_stake == (
        "container notebook (up 3 hours, 12kB in no volume, port 8888, 2 connected now)",
        "container mine (exited (0) 2 weeks ago, 1.2MB in no volume, port 9000)",
        "volume data (200.0 MiB, last written 2026-11-30 05:03 UTC)",
        "volume own (512 KiB, last written 2026-11-29 05:03 UTC)",
        "image localhost/venus:1 (1.7 MB, in no registry: on the old disk only, unless the lab file builds it)",
        "image docker.io/library/own:1 (3 MB)",
        "connections into the machine carbon (1 now)",
        FATE,
    )
    plain = replace(change, at_stake=tuple(stake.partition(" (")[0] for stake in change.at_stake))
    assert id_of(plain) == id_of(change), "a plan is not stale because somebody wrote into a volume"
    assert id_of(replace(change, at_stake=change.at_stake[1:])) != id_of(change)


LOADED = """%carbon-probe 1
%guest open
%section guest
container=notebook
container=mine
volume=data
volume=own
image=localhost/venus:1
image=docker.io/library/own:1
size=204800	1796014980	/var/lib/containers/storage/volumes/data/_data
size=512	1795928580	/home/core/.local/share/containers/storage/volumes/own/_data
%block images
|localhost/venus:1 1.7 MB
%status images 0
%block images_core
|docker.io/library/own:1 3 MB
%status images_core 0
%block layers
|notebook 12kB (virtual 1.7MB)
%status layers 0
%block layers_core
|mine 1.2MB (virtual 4MB)
%status layers_core 0
%block ps_core
|[{"Names": ["mine"], "Status": "Exited (0) 2 weeks ago", "Ports": [{"host_port": 9000}]}]
%status ps_core 0
%end guest 0
%section stack
%block ps
|[{"Names": ["notebook"], "Status": "Up 3 hours", "Ports": [{"host_port": 8888}]}]
%status ps 0
%end stack 0
%guest reached
%done"""
