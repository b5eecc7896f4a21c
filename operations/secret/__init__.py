"""Secrets: made or read where they are at home, kept by the Mac (0600) and by podman in the virtual machine."""

from collections.abc import Iterator

from carbon_fleet.plan import Finding, Resource, World
from carbon_fleet.snapshot import Section
from operations.secret.wish import Secrets

__all__ = ["RESOURCE"]


def read(section: Section) -> tuple[str, ...]:
    """Type the `secret` section."""
    return ()


def differences(wanted: Secrets, seen: tuple[str, ...], world: World) -> Iterator[Finding]:
    """Nothing yet."""
    return iter(())


RESOURCE: Resource[Secrets, tuple[str, ...]] = Resource("secret", "secrets", Secrets, read, differences)
