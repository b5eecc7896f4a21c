"""Values a lab file only points at: they are elsewhere, are looked up where carbon-fleet runs, and are never shown."""

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Given:
    """A value from elsewhere, or why it could not be had: `what` is wrong, and what to `write` or do instead.

    Nothing that prints a Given, on purpose or in an error, prints its value.
    """

    value: str | None = None
    what: str = ""
    write: str = ""

    def __repr__(self) -> str:
        """What it is, never its value."""
        return "Given(…)" if self.value is not None else f"Given(what={self.what!r})"
