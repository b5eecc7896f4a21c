"""The differences of programs that launchd runs: their property lists, whether they run, whether they work."""

import hashlib
from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, World
from carbon_fleet.snapshot.files import FileSeen
from operations.native.commands import MODE, drop, up, write
from operations.native.jobs import Job, path
from operations.native.seen import JobSeen, NativeSeen
from operations.secret.seen import fingerprints

SURE = 3
"""How a check ends that is sure that waiting mends nothing."""


def orphans(wished: tuple[Job, ...], seen: NativeSeen) -> Iterator[Change]:
    """Programs that no stack has any more: gone before their ports are wanted."""
    names = {job.name for job in wished}
    for name, found in sorted(seen.jobs.items()):
        if name not in names and (found.file.kind != "absent" or found.loaded):
            attribute = Attribute("program", name, None)
            yield Change(f"native.{name}", Action.DELETE, (attribute,), "no stack has it any more", (drop(name, seen),))


def runs(wished: tuple[Job, ...], seen: NativeSeen, world: World) -> Iterator[Finding]:
    """Every program that is not there as its stack says, does not run, or does not do its work."""
    right = fingerprints(world)
    for job in wished:
        found = seen.jobs.get(job.name, JobSeen(FileSeen(path(job.name))))
        if found.file.kind not in ("regular", "absent"):
            yield _not_ours(job, found)
        elif said := tuple(_written(job, found)):
            action = Action.CREATE if found.file.kind == "absent" else Action.UPDATE
            commands = (write(job, seen), up(job, seen, anew=True))
            yield Change(job.address, action, said, "launchd runs it from there", commands)
        else:
            yield from _running(job, found, seen, right)


def _written(job: Job, found: JobSeen) -> Iterator[Attribute]:
    if found.file.kind == "absent":
        yield Attribute("program", None, job.name)
        return
    content = job.text.encode()
    if found.file.content != content:
        yield Attribute("definition", _digest(found.file.content), _digest(content))
    if found.file.mode != MODE:
        yield Attribute("mode", found.file.mode, MODE)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _running(job: Job, found: JobSeen, seen: NativeSeen, right: dict[str, str]) -> Iterator[Change]:
    given = sorted({secret.name for secret in job.workload.secrets})
    old = ", ".join(name for name in given if right.get(name) and found.secrets.get(name) != right[name])
    if found.disabled:
        yield _run(job, seen, Attribute("disabled", True, False), "somebody has switched it off")
    elif not found.loaded:
        yield _run(job, seen, Attribute("loaded", False, True), "launchd does not have it")
    elif found.pid is None:
        if not _done(job, found):
            before = f"ended with {found.last}" if found.last else "not running"
            yield _run(job, seen, Attribute("state", before, "running"), "it does not run")
    elif found.definition != job.running:
        attribute = Attribute("running", found.definition or None, job.running)
        yield _run(job, seen, attribute, "it was started from another property list")
    elif 0 <= seen.came.get(job.bringer, found.age) < found.age:
        kind, _, name = job.bringer.partition(":")
        attribute = Attribute(kind, f"{name} as it was", f"{name} as it is")
        yield _run(job, seen, attribute, f"it was started before the {kind} {name} came that is there now")
    elif old:
        attribute = Attribute("secrets", f"{old} as it was", f"{old} as it is")
        yield _run(job, seen, attribute, f"its secret has changed: {old}")
    elif job.asked and found.health != 0:
        young = found.age < (job.workload.health.start_period if job.workload.health else 0)
        starting = young and found.health != SURE
        reason = "its health is not known yet" if starting else f"it runs, but does not do its work: {found.said}"
        attribute = Attribute("health", "starting" if starting else "unhealthy", "healthy")
        yield _run(job, seen, attribute, reason.removesuffix(": "), anew=not starting)


def _done(job: Job, found: JobSeen) -> bool:
    """Whether it has ended and is to stay so: launchd starts it again for no reason."""
    ended_well = found.last == "0"
    return (job.workload.restart == "no" and bool(found.last)) or (job.workload.restart == "on-failure" and ended_well)


def _run(job: Job, seen: NativeSeen, attribute: Attribute, reason: str, *, anew: bool = True) -> Change:
    return Change(job.address, Action.RUN, (attribute,), reason, (up(job, seen, anew=anew),))


def _not_ours(job: Job, found: JobSeen) -> Refusal:
    place = found.file.path
    what = f"`{place}` is a {found.file.kind}, not a regular file"
    remedy = f"move it away: mv {place} {place}.before-carbon-fleet"
    return Refusal(
        job.address, "FILE_NOT_REGULAR", what, "replacing it would destroy what somebody made on purpose", remedy
    )
