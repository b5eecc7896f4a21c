"""The volumes a Mac has, of every runtime that its stacks use; which one is meant, and why it is refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from carbon_fleet import assets
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Command, Refusal, guest, shell
from carbon_fleet.report.document import MacReport
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.inside import seen_inside
from operations import runtimes
from operations.moving.volumes import Volumes
from operations.stack.quadlet import STACK_LABEL
from operations.stack.volumes import named
from operations.stack.wish import Stacks

PODMAN = "podman"
"""What a volume in a Podman machine, or on a Linux host, is said to be of."""
ON_THE_MAC = (runtimes.DOCKER, runtimes.APPLE, runtimes.NATIVE)
"""The runtimes whose volumes are reached from the Mac, by the functions of a move."""
_STOP = {
    PODMAN: "in the machine: systemctl stop the service of the container",
    runtimes.DOCKER: "on the Mac: docker stop {}",
    runtimes.APPLE: "on the Mac: launchctl bootout gui/$(id -u)/io.carbon-fleet.container.{}; container stop {}",
    runtimes.NATIVE: "on the Mac: launchctl bootout gui/$(id -u)/io.carbon-fleet.native.{}",
}


@dataclass(frozen=True)
class Row:
    """One volume: its stack ("" where none is known), its size, the containers or programs that use it now (`A,B`)."""

    volume: str
    stack: str
    bytes: int
    used_by: str
    runtime: str


def sources(mac: Mac) -> tuple[str, ...]:
    """What the volumes of a Mac are of. Where nothing could have any it is a machine, whose words say so then."""
    found = tuple(one for one in ON_THE_MAC if one in runtimes.used(mac))
    return (PODMAN, *found) if runtimes.quadlet(mac) or not found else found


def rows(session: Session, report: MacReport, *, sizes: bool = False) -> list[Row]:
    """Every volume of the Mac; without `sizes` none is measured, which takes long. Raises `Unreadable`, `Refused`."""
    of = sources(session.mac)
    found = _in_the_machine(session, report, sizes) if PODMAN in of else []
    for runtime in of[PODMAN in of :]:
        lines = _asked(session, Volumes(runtime, session.mac).listed(sizes=sizes)).out
        found += [_row(runtime, *line.split("|", 3)) for line in sorted(lines)]
    return found


def _in_the_machine(session: Session, report: MacReport, measured: bool) -> list[Row]:
    there = sorted(seen_inside(session, report).volumes)
    if not measured:
        return [Row(volume, "", 0, "", PODMAN) for volume in there]
    said = "\n".join(_asked(session, guest("podman", "volume", "ls", "--format", "json")).out)
    labels = {item["Name"]: (item.get("Labels") or {}).get(STACK_LABEL, "") for item in json.loads(said) or []}
    sizes = guest(*shell(assets.text("volume/sizes.sh"), *there), deadline=600)
    lines = [line.split(" ", 2) for line in _asked(session, sizes).out] if there else []
    return [_row(PODMAN, volume, labels.get(volume, ""), size, used) for volume, size, used in lines]


def _row(runtime: str, volume: str, stack: str, kib: str, used: str) -> Row:
    return Row(volume, stack, int(kib) * 1024, used, runtime)


def _asked(session: Session, command: Command) -> Ran:
    ran = session.ask(command)
    if ran.status != 0:
        raise Unreadable("volumes", ran.status, "\n".join(ran.err))
    return ran


def the_one(there: Sequence[Row], volume: str, runtime: str | None) -> Row:
    """The one that is meant by its name, or by `STACK/NAME`. Raises `Refused` where there is none, or are two."""
    meant = _meant(there, volume, runtime)
    if len(meant) == 1:
        return meant[0]
    if meant:
        of = dict.fromkeys(row.runtime for row in meant)
        what = f"two runtimes have a volume {volume}: {', '.join(of)}"
        why, remedy = "a move keeps the old one for a while", f"say which: --runtime {meant[-1].runtime}"
        if len(of) == 1:
            what = f"two stacks have a volume {volume}: {', '.join(row.stack for row in meant)}"
            why, remedy = (
                f"those of {meant[0].runtime} are folders of their stack",
                f"say which: {meant[0].stack}/{volume}",
            )
        raise Refused((Refusal(f"volume {volume}", "VOLUME_TWICE", what, why, remedy),))
    what, why = f"there is no volume {volume} on this Mac", "`carbon-fleet volume list LAB MAC` says which there are"
    raise Refused((Refusal(f"volume {volume}", "VOLUME_UNKNOWN", what, why, "name one of them"),))


def _meant(there: Sequence[Row], volume: str, runtime: str | None) -> list[Row]:
    return [
        row
        for row in there
        if row.runtime == (runtime or row.runtime) and volume in (row.volume, f"{row.stack}/{row.volume}")
    ]


def filled(there: Sequence[Row], volume: str, runtime: str | None, mac: Mac) -> Row:
    """The one that an import fills; one that is nowhere yet is made where its stack runs, else where the Mac's do."""
    stack = named(mac.section("stacks", Stacks)).get(volume, "")
    if _meant(there, volume, None):
        row = the_one(there, volume, runtime)
        return replace(row, stack=row.stack or stack)
    of = next((runtimes.of_stack(one, mac) for one in runtimes.all_stacks(mac) if one.name == stack), mac.runtime)
    made = Row(volume, stack, 0, "", runtime or (of if of in ON_THE_MAC else PODMAN))
    if made.runtime == runtimes.NATIVE and not stack:
        what, why = f"no stack names a volume {volume}", "on native a volume is a folder of its stack"
        remedy = "write it for a container of the lab file, then import"
        raise Refused((Refusal(f"volume {volume}", "VOLUME_UNKNOWN", what, why, remedy),))
    return made


def in_use(row: Row) -> Refusal:
    """What one that is a disk, and in use, is refused with when it is to be read."""
    what = f"the volume {row.volume} is in use by {row.used_by}"
    why = "it is a disk, which one running container has at a time"
    remedy = f"stop what uses it ({_stop(row)}), export, and run carbon-fleet apply, which starts it again"
    return Refusal(f"volume {row.volume}", "VOLUME_IN_USE", what, why, remedy)


def refusal(row: Row, status: int, err: tuple[str, ...]) -> Refusal:
    """Why an import into a volume was refused, or failed, by the status and the words it ended with."""
    said = next((line for line in reversed(err) if line.strip()), f"it ended with status {status}")
    codes = {71: "VOLUME_IN_USE", 72: "VOLUME_NOT_EMPTY", 88: "NO_ROOM"}
    room = (
        "make room in the machine, or write a larger machine.disk" if row.runtime == PODMAN else "make room on the Mac"
    )
    remedies = {
        71: f"stop what uses it ({_stop(row)}), import, and run carbon-fleet apply, which starts it again",
        72: "run it again with --replace, if what is in it may be lost",
        88: room,
    }
    why = "a container would find its data changed under it" if status == 71 else "the volume is as it was"
    code, remedy = codes.get(status, "IMPORT_FAILED"), remedies.get(status, "run it again")
    return Refusal(f"volume {row.volume}", code, said, why, remedy)


def _stop(row: Row) -> str:
    name = row.used_by.partition(",")[0] or "NAME"
    return _STOP[row.runtime].replace("{}", name)
