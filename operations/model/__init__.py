"""Models: files of weights, fetched once, checked, kept in the virtual machine by content."""

from collections.abc import Iterator

from carbon_fleet.plan import Finding, Resource, World
from carbon_fleet.snapshot import Section
from operations.model.wish import Models

__all__ = ["RESOURCE"]


def read(section: Section) -> tuple[str, ...]:
    """Type the `model` section."""
    return ()


def differences(wanted: Models, seen: tuple[str, ...], world: World) -> Iterator[Finding]:
    """Nothing yet."""
    return iter(())


RESOURCE: Resource[Models, tuple[str, ...]] = Resource(
    "model", "models", Models, read, differences, inside=True, empty=()
)
