"""The commands for programs that launchd runs: scripts of `files/native/`."""

from carbon_fleet import assets
from carbon_fleet.plan import Command, Where, mac, shell
from carbon_fleet.plan.files import FileWish, write_file
from carbon_fleet.snapshot.script import deadline_program, script_text
from operations.native.jobs import Job, path
from operations.native.seen import NativeSeen
from operations.render.launchd import STOP_SECONDS, label

MODE = "0644"
"""launchd loads nothing that others may write; no secret is in it."""
SLACK = 2 * STOP_SECONDS + 60


def _script(name: str, *arguments: str, says: str, deadline: int) -> Command:
    """`files/native/NAME.sh`, its first line first: that is the one people see."""
    head, _, rest = assets.text(f"native/{name}.sh").partition("\n")
    return mac(*shell(f"{head}\n{script_text('native/lib.sh')}{rest}", *arguments), says=says, deadline=deadline)


def write(job: Job, seen: NativeSeen) -> Command:
    """Its property list, whole."""
    return write_file(FileWish(_here(job.name, seen), job.text, MODE), Where.MAC)


def up(job: Job, seen: NativeSeen, *, anew: bool) -> Command:
    """Have launchd run it as its property list says, and wait until it works."""
    seconds = job.container.ready_timeout.seconds
    words = (_domain(seen), job.label, _here(job.name, seen), job.program, job.log, str(seconds), str(job.patience))
    more = (job.asked, deadline_program(), "anew" if anew else "wait")
    # The time it has counts looks, each a second and what one answer takes.
    deadline = seconds + job.patience + SLACK
    return _script("up", *words, *more, says=f"{'start' if anew else 'await'} {job.name}", deadline=deadline)


def drop(name: str, seen: NativeSeen) -> Command:
    """Out of launchd, and its property list away."""
    words = (_domain(seen), label(name), _here(name, seen), name)
    return _script("drop", *words, says=f"remove the program {name}", deadline=SLACK)


def volume(verb: str, name: str) -> Command:
    """`make` or `remove` the folder of a volume, `STACK/VOLUME`."""
    return mac(*shell(assets.text("native/volume.sh"), verb, name), says=f"{verb} the volume {name}", deadline=300)


def _domain(seen: NativeSeen) -> str:
    return f"gui/{seen.uid}"


def _here(name: str, seen: NativeSeen) -> str:
    return f"{seen.home}/{path(name)[2:]}"
