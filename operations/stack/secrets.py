"""Which secrets a Mac uses, and where: its stacks, and the way to its registry."""

from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import RuntimeName
from operations import runtimes
from operations.secret.wish import Secret, Secrets
from operations.stack.wish import Stacks


def used(mac: Mac, *on: RuntimeName) -> dict[str, tuple[str, ...]]:
    """The secrets a Mac's containers are given, by name, each with the `STACK.CONTAINER`s that are given it.

    So is the password of the lab's registry, whose user is `registry`, and those of environments' indexes. With `on`:
    by the containers of these runtimes.
    """
    found: dict[str, tuple[str, ...]] = {} if on else _of_environments(mac)
    stacks = runtimes.stacks_on(mac, *on) if on else mac.section("stacks", Stacks)
    machine = not on or runtimes.QUADLET[0] in on
    if machine and mac.registry is not None and mac.registry.password is not None:
        found[mac.registry.password] = ("registry",)
    for stack in stacks.all():
        for container, member in stack.members().items():
            for name in dict.fromkeys(member.secrets.values()):
                found[name] = (*found.get(name, ()), f"{stack.name}.{container}")
    return found


def from_elsewhere(mac: Mac) -> dict[str, Secret]:
    """The used secrets whose values are looked up where carbon-fleet runs."""
    wished = mac.section("secrets", Secrets)
    return {name: wished.of(name) for name in used(mac) if wished.of(name).source != "generate"}


def htpasswds(mac: Mac) -> tuple[str, ...]:
    """The secrets that registries among a Mac's containers read as htpasswd (distribution's auth.htpasswd.path)."""
    containers = mac.section("stacks", Stacks).containers()
    found = (each.secrets.get(each.environment.get("REGISTRY_AUTH_HTPASSWD_PATH", "")) for each in containers)
    return tuple(dict.fromkeys(name for name in found if name))


def _of_environments(mac: Mac) -> dict[str, tuple[str, ...]]:
    from operations.environment.wish import Environments  # they stand on secrets: at import time only in that direction

    wish = mac.sections.get("environments")
    return wish.passwords() if isinstance(wish, Environments) and not mac.linux else {}
