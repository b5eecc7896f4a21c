"""What an unquoted word of YAML is: YAML 1.2's core rules, so `no`, `on`, `22:22` and `1_000` are text.

YAML 1.1 and 1.2 read some words differently. Where both readings are harmless the 1.2 one is taken; where a reader may
silently get another number (`0644`), the word is refused.
"""

import math
import re

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DIGITS = re.compile(r"[-+]?[0-9]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class AmbiguousError(ValueError):
    """A word that YAML readers do not agree on; the message says why, `write` what to write."""

    def __init__(self, why: str, write: str) -> None:
        self.write = write
        super().__init__(why)


def resolve(word: str) -> bool | int | float | str | None:
    """The value of an unquoted word. Raises AmbiguousError."""
    if word in _NULL:
        return None
    if word in _BOOL:
        return _BOOL[word]
    if word[0] not in "+-.0123456789":
        return word
    return _number(word)


def _number(word: str) -> int | float | str:
    if _INT.fullmatch(word):
        return int(word)
    if _DIGITS.fullmatch(word):
        raise _digits(word)
    if _NOT_FINITE.fullmatch(word) or (_FLOAT.fullmatch(word) and not math.isfinite(float(word))):
        raise AmbiguousError("it is not a finite number", f'write `"{word}"` if it is text, or a number')
    return float(word) if _FLOAT.fullmatch(word) else word


def _digits(word: str) -> AmbiguousError:
    bare = word.lstrip("+-").lstrip("0")
    if len(bare) > 18:
        return AmbiguousError("it has more digits than a number may have here", "write it in quotes if it is text")
    number = f", or `{bare}` if it is a number" if bare else ""
    return AmbiguousError(
        "with its leading zero one YAML reader takes it for octal and another for decimal",
        f'write `"{word}"` if it is text{number}',
    )
