"""The base of every wanted model, and the shape of one mistake in a wish."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel
from pydantic_core import PydanticCustomError

T = TypeVar("T")
MISTAKE = "mistake"


class Wish(BaseModel):
    """A part of a Mac's wish: strict (no conversions), frozen, unknown keys refused.

    Sections are validated as JSON, so a field may be a `tuple`, `frozenset` or `Enum` and still be strict.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)


class RootWish(RootModel[T]):
    """The same for a part that is a list or a map as a whole. Give `root` a default if it may be left out."""

    model_config = ConfigDict(strict=True, frozen=True)


@dataclass(frozen=True)
class Problem:
    """One mistake in a Mac's wish, before it has a position in a file.

    `path` starts at the Mac: `("machine", "memory")`. `what` is wrong, `why` it is wrong, `write` is what to write
    instead: a whole phrase, as in "write `8GiB`". No full stop at the end of any of them.
    """

    path: tuple[str | int, ...]
    what: str
    why: str = ""
    write: str = ""


def mistake(what: str, why: str = "", write: str = "") -> PydanticCustomError:
    """The error a validator raises: what is wrong, why, what to write instead.

    `{text}` in any of them becomes what the user wrote, letter for letter.
    """
    context: dict[str, Any] = {"what": what, "why": why, "write": write}
    message = ", ".join(part for part in (what, why, write) if part)
    return PydanticCustomError(MISTAKE, "{message}", {**context, "message": message})
