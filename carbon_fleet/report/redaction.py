"""Keeps values that must not be shown out of everything that is: known here once, replaced wherever text leaves us.

A value is told to `HIDDEN` where it enters (`engine/givens.py`, notify's URLs), and replaced where text enters the
Report, the journal or standard error. So no renderer can show one: it never has it.
"""

import base64
import json
import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from html import escape
from typing import Any, TypeVar, cast
from urllib.parse import quote, quote_plus

PLACEHOLDER = "(secret)"
WORD = 6
"""Values shorter than this are replaced only where they stand alone: `lab` in `label` is no secret told."""
LINE = 8
"""Shorter lines of a value of several lines are not looked for by themselves: `{` stands everywhere."""
_CORE = 12
"""Letters of base64 that are too few to be looked for: they could be anything."""
KEPT = frozenset({"mac", "lab", "verb", "run", "outcome", "action", "cause", "code", "version", "started", "ended"})
"""Fields that hold names of ours, of the lab file, or times: a value that equals one is not told by it."""
T = TypeVar("T")


class Redactor:
    """Knows values, and takes them out of text in the forms in which programs write them."""

    def __init__(self) -> None:
        """It knows none."""
        self._forms: dict[str, None] = {}
        self._words: dict[str, None] = {}

    def know(self, value: str) -> None:
        """Take this value out from now on: as it is, each of its lines, quoted, escaped, and in base64."""
        lines = [line.strip() for line in value.splitlines()]
        for part in dict.fromkeys([value, *(line for line in lines if len(line) >= LINE)]):
            if part.strip():
                self._learn(part)

    def _learn(self, part: str) -> None:
        for form in _forms(part):
            target = self._forms if len(form) >= WORD else self._words
            target[form] = None
        ordered = sorted(self._forms, key=len, reverse=True)
        self._forms = dict.fromkeys(ordered)

    def text(self, text: str) -> str:
        """The text without the values."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, PLACEHOLDER)
        for word in self._words:
            if word in text:
                text = _alone(text, word)
        return text

    def of(self, value: T) -> T:
        """The same value (dataclass, list, dict, text…) with each text in it redacted; names of fields stay."""
        return cast("T", self._of(value)) if self._forms or self._words else value

    def _of(self, value: Any) -> Any:
        if isinstance(value, Enum):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self._of(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._of(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            kept = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in KEPT}
            return replace(value, **{name: self._of(item) for name, item in kept.items()})
        return value


HIDDEN = Redactor()
"""What this process must not show."""


def _forms(part: str) -> Iterator[str]:
    """The forms a program may write it in, and those again as a list of texts or a document in a document has them."""
    once = [part, quote(part), quote(part, safe=""), quote_plus(part), escape(part), escape(part, quote=False)]
    once += [shlex.quote(part), *_escaped(part)]
    yield from once
    for form in once:
        yield from _escaped(form)
    for encoded in _base64(part.encode(errors="surrogatepass")):
        yield encoded
        yield encoded.replace("+", "-").replace("/", "_")


def _escaped(text: str) -> Iterator[str]:
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield repr(f"{text}'\"")[1:-4]  # with both quotes in it, Python escapes one


def _base64(data: bytes) -> Iterator[str]:
    """What of it stands in base64 of any longer text, wherever in it the value begins: less the letters it shares."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        ends = 0 if (before + len(data)) % 3 == 0 else 1
        core = whole[(0, 2, 3)[before] : len(whole) - ends]
        if len(core) >= _CORE:
            yield core


def _alone(text: str, word: str) -> str:
    parts = text.split(word)
    out = parts[0]
    for part in parts[1:]:
        joined = (out[-1:].isalnum() and word[0].isalnum()) or (part[:1].isalnum() and word[-1].isalnum())
        out += (word if joined else PLACEHOLDER) + part
    return out
