"""Which secrets a Mac's stacks use, and where."""

from carbon_fleet.spec import Mac
from operations.secret.wish import Secret, Secrets
from operations.stack.wish import Stacks


def used(mac: Mac) -> dict[str, tuple[str, ...]]:
    """The secrets a Mac's containers are given, by name, each with the `STACK.CONTAINER`s that are given it."""
    found: dict[str, tuple[str, ...]] = {}
    for stack in mac.section("stacks", Stacks).all():
        for container, member in stack.members().items():
            for name in dict.fromkeys(member.secrets.values()):
                found[name] = (*found.get(name, ()), f"{stack.name}.{container}")
    return found


def from_elsewhere(mac: Mac) -> dict[str, Secret]:
    """The used secrets whose values are looked up where carbon-fleet runs."""
    wished = mac.section("secrets", Secrets)
    return {name: wished.of(name) for name in used(mac) if wished.of(name).source != "generate"}
