"""Containers of stacks in Docker Desktop's engine: their files, their runs, those nobody wishes any more."""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Where, World
from carbon_fleet.plan.files import FileWish, file_findings
from carbon_fleet.snapshot.files import FileSeen
from operations.docker.commands import docker, script
from operations.docker.seen import DockerSeen
from operations.docker.services import Service, address, path
from operations.secret.seen import fingerprints

PULL_SECONDS = 900
"""A first start may have to pull an image."""
STOP_SECONDS = 60


def strangers(wished: tuple[Service, ...], seen: DockerSeen) -> Iterator[Refusal]:
    """Containers of a wished name that no stack made."""
    for service in wished:
        found = seen.containers.get(service.container_name)
        if found is not None and not found.stack:
            name = service.container_name
            what = f"a container named `{name}` is there that no stack made"
            remedy = f"rename it: docker rename {name} {name}-before"
            yield Refusal(service.address, "CONTAINER_NAME_TAKEN", what, "nothing of ours could start under it", remedy)


def orphans(wished: tuple[Service, ...], seen: DockerSeen) -> Iterator[Change]:
    """Containers made for stacks, and stacks' files, that nobody wishes: gone before their ports are wanted."""
    names = {service.container_name for service in wished}
    for name, found in sorted(seen.containers.items()):
        if found.stack and name not in names:
            command = docker("rm", "--force", name, says=f"remove the container {name}")
            where, attribute = address(found.stack, found.name), Attribute("container", name, None)
            yield Change(where, Action.DELETE, (attribute,), "no stack has it any more", (command,))
    for stack in sorted({stack for stack, file in seen.files.items() if file.kind != "absent"}):
        if stack not in {service.stack for service in wished}:
            command = script("drop", stack, says=f"remove {path(stack)}")
            attribute = Attribute("file", path(stack), None)
            yield Change(f"docker.stack.{stack}", Action.DELETE, (attribute,), "the stack is not wished", (command,))


def files(texts: Mapping[str, str], seen: DockerSeen) -> Iterator[Finding]:
    """Each stack's file, whole."""
    for stack, text in texts.items():
        found = seen.files.get(stack, FileSeen(path(stack)))
        reason = "Compose makes its containers from it"
        yield from file_findings(f"docker.stack.{stack}", FileWish(path(stack), text, "0600"), found, Where.MAC, reason)


def runs(wished: tuple[Service, ...], seen: DockerSeen, world: World) -> Iterator[Change]:
    """Every container that is not there as its file says, does not run, or does not do its work."""
    right = fingerprints(world)
    for service in wished:
        found = seen.containers.get(service.container_name)
        given = sorted({secret.name for secret in service.workload.secrets})
        made_with = found.secrets if found else {}
        old = [name for name in given if right.get(name) and made_with.get(name) != right[name]]
        if found is None:
            yield _run(service, Attribute("container", None, "running"), "it is not there")
        elif found.definition != service.definition:
            attribute = Attribute("definition", found.definition or None, service.definition)
            yield _run(service, attribute, "it was made from another file", anew=True)
        elif old:
            names = ", ".join(old)
            attribute = Attribute("secrets", f"{names} as it was", f"{names} as it is")
            yield _run(service, attribute, f"its secret has changed: {names}", anew=True)
        elif found.state != "running":
            yield _run(service, Attribute("state", found.state, "running"), "it does not run")
        elif service.container.health and found.health != "healthy":
            starting = found.health == "starting"
            reason = "its health is not known yet" if starting else "it runs, but does not do its work"
            yield _run(service, Attribute("health", found.health or None, "healthy"), reason, anew=not starting)


def _run(service: Service, attribute: Attribute, reason: str, *, anew: bool = False) -> Change:
    return Change(service.address, Action.RUN, (attribute,), reason, (up(service, anew=anew),))


def up(service: Service, *, anew: bool) -> Command:
    """The command that makes a container as its stack's file says, and waits until it works."""
    seconds = service.container.ready_timeout.seconds
    given = [f"{secret.target}={secret.name}" for secret in service.workload.secrets]
    words = (service.stack, service.name, service.container_name, str(seconds), "anew" if anew else "", *given)
    return script("up", *words, says=f"start {service.container_name}", deadline=seconds + PULL_SECONDS)
