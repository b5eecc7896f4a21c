"""Containers of stacks in Apple's `container`: their files, their launchd jobs, their runs, those nobody wishes."""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Where, World
from carbon_fleet.plan.files import FileWish, file_findings
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.snapshot.script import script_text
from operations import services as common
from operations.apple_container import jobs
from operations.apple_container.commands import script
from operations.apple_container.seen import AppleSeen, ContainerSeen
from operations.apple_container.services import Service, path
from operations.secret.seen import fingerprints

PULL_SECONDS = 900
"""A first start may have to pull an image."""


def strangers(wished: tuple[Service, ...], seen: AppleSeen) -> Iterator[Refusal]:
    """Containers of a wished name that no stack made."""
    remedy = "save what you need of it (`container export {name}`), then `container delete --force {name}`"
    return common.strangers(wished, seen.containers, remedy)


def orphans(wished: tuple[Service, ...], seen: AppleSeen) -> Iterator[Change]:
    """Containers made for stacks, their jobs, and stacks' files, that nobody wishes: gone before ports are wanted."""
    yield from common.unwished("apple_container", wished, seen.containers, _remove)
    names = {service.container_name for service in wished}
    known = {*seen.jobs, *(name for name, file in seen.plists.items() if file.kind != "absent")}
    for name in sorted(known - names - set(seen.containers)):
        attribute = Attribute("job", jobs.label(name), None)
        reason = "no stack has it any more"
        yield Change(f"apple_container.job.{name}", Action.DELETE, (attribute,), reason, (_remove(name),))
    yield from common.unwished_files("apple_container", wished, seen.files, path, script)


def none(seen: AppleSeen) -> Iterator[Change]:
    """The same where no stack is wished."""
    return orphans((), seen)


def files(texts: Mapping[str, str], wished: tuple[Service, ...], seen: AppleSeen) -> Iterator[Finding]:
    """Each stack's file and each container's property list, whole."""
    yield from common.written("apple_container", texts, seen.files, path, "containers are made from it")
    for service in wished:
        name = service.container_name
        found = seen.plists.get(name, FileSeen(jobs.path(name)))
        wish = FileWish(jobs.path(name), service.plist, "0644")
        yield from file_findings(f"apple_container.job.{name}", wish, found, Where.MAC, "launchd restarts it by that")


def runs(wished: tuple[Service, ...], seen: AppleSeen, world: World) -> Iterator[Change]:
    """Every container that is not there as its file says, does not run, or does not do its work."""
    right = fingerprints(world)
    for service in wished:
        found = seen.containers.get(service.container_name)
        made = common.made(service, found, right)
        differs = (*made, "anew") if made else _runs(service, found, seen)
        if differs:
            attribute, reason, mode = differs
            yield Change(service.address, Action.RUN, (attribute,), reason, (up(service, mode),))


_Difference = tuple[Attribute, str, str]


def _runs(service: Service, found: ContainerSeen | None, seen: AppleSeen) -> _Difference | None:
    """Whether launchd has it, it runs, and does its work."""
    job, state = seen.jobs.get(service.container_name), found.state if found else ""
    if job != service.job:
        reason = "launchd has its job as it was" if job else "launchd has no job that restarts it"
        return Attribute("job", job, service.job), reason, "again"
    if state != "running":
        return Attribute("state", state, "running"), "it does not run", ""
    check = service.workload.health
    said = seen.health.get(service.container_name)
    if check is None or said == 0:
        return None
    young = found is not None and found.age is not None and found.age < check.start_period
    before = "unhealthy" if said is not None and not young else "starting"
    reason = "it runs, but does not do its work" if before == "unhealthy" else "its health is not known yet"
    return Attribute("health", before, "healthy"), reason, "anew" if before == "unhealthy" else ""


def up(service: Service, mode: str) -> Command:
    """The command that makes and starts a container as its stack's file says, and waits until it works.

    `mode` is `anew` (the container goes first), `again` (its job is loaded again), or empty.
    """
    seconds = service.container.ready_timeout.seconds
    words = (
        service.stack,
        service.name,
        service.container_name,
        str(seconds),
        mode,
        script_text("apple-container/container.pl"),
    )
    return script("up", *words, says=f"start {service.container_name}", deadline=seconds + PULL_SECONDS)


def _remove(name: str) -> Command:
    return script("remove", name, says=f"remove the container {name}", deadline=120)
