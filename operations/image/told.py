"""What a builder's script tells of an image: `KEY VALUE` lines, and a line `blob DIGEST BYTES` for each layer."""

from collections.abc import Iterable

from carbon_fleet.snapshot import Unreadable


def told_of(out: Iterable[str]) -> tuple[dict[str, str], dict[str, int]] | None:
    """The words by key, and the layers' sizes; None when the builder has no such image. Raises `Unreadable`."""
    lines = [line.split() for line in out]
    if lines == [["missing"]]:
        return None
    try:
        said = {words[0]: words[1] for words in lines if words[0] != "blob"}
        return said, {words[1]: int(words[2]) for words in lines if words[0] == "blob"}
    except (LookupError, ValueError) as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> Unreadable:
    """What to raise when something in it is missing or is not what it should be."""
    return Unreadable(f"the builder said of an image what cannot be read ({error!r})")
