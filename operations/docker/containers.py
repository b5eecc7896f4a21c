"""Containers of stacks in Docker Desktop's engine: their files, their runs, those nobody wishes any more."""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, World
from operations import services as common
from operations.docker.commands import docker, script
from operations.docker.seen import DockerSeen
from operations.docker.services import path
from operations.secret.seen import fingerprints
from operations.services import Service

PULL_SECONDS = 900
"""A first start may have to pull an image."""
STOP_SECONDS = 60


def strangers(wished: tuple[Service, ...], seen: DockerSeen) -> Iterator[Refusal]:
    """Containers of a wished name that no stack made."""
    return common.strangers(wished, seen.containers, "rename it: docker rename {name} {name}-before")


def orphans(wished: tuple[Service, ...], seen: DockerSeen) -> Iterator[Change]:
    """Containers made for stacks, and stacks' files, that nobody wishes: gone before their ports are wanted."""
    yield from common.unwished("docker", wished, seen.containers, _remove)
    yield from common.unwished_files("docker", wished, seen.files, path, script)


def none(seen: DockerSeen) -> Iterator[Change]:
    """The same where no stack is wished."""
    return orphans((), seen)


def files(texts: Mapping[str, str], seen: DockerSeen) -> Iterator[Finding]:
    """Each stack's file, whole."""
    return common.written("docker", texts, seen.files, path, "Compose makes its containers from it")


def runs(wished: tuple[Service, ...], seen: DockerSeen, world: World) -> Iterator[Change]:
    """Every container that is not there as its file says, does not run, or does not do its work."""
    right = fingerprints(world)
    for service in wished:
        found = seen.containers.get(service.container_name)
        if differs := common.made(service, found, right):
            yield _run(service, *differs, anew=found is not None)
        elif found is not None and found.state != "running":
            yield _run(service, Attribute("state", found.state, "running"), "it does not run")
        elif found is not None and service.container.health and found.health != "healthy":
            starting = found.health == "starting"
            reason = "its health is not known yet" if starting else "it runs, but does not do its work"
            yield _run(service, Attribute("health", found.health or None, "healthy"), reason, anew=not starting)


def _run(service: Service, attribute: Attribute, reason: str, *, anew: bool = False) -> Change:
    return Change(service.address, Action.RUN, (attribute,), reason, (up(service, anew=anew),))


def _remove(name: str) -> Command:
    return docker("rm", "--force", name, says=f"remove the container {name}")


def up(service: Service, *, anew: bool) -> Command:
    """The command that makes a container as its stack's file says, and waits until it works."""
    seconds = service.container.ready_timeout.seconds
    given = [f"{secret.target}={secret.name}" for secret in service.workload.secrets]
    words = (service.stack, service.name, service.container_name, str(seconds), "anew" if anew else "", *given)
    return script("up", *words, says=f"start {service.container_name}", deadline=seconds + PULL_SECONDS)
