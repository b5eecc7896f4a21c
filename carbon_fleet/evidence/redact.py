"""Takes out of evidence what names people, machines and networks, and what is secret; pure.

It takes out too much rather than too little: words that stand where a name could stand are gone, too.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from carbon_fleet.evidence.redact_rules import ADDRESS, RULES

_NAME = r"[^\s/\"'<>:,|]+"
_HOMES = re.compile(rf"(?P<before>/(?:private/)?(?:Users|home)/)(?!Shared\b)(?P<name>{_NAME})")
_NOT_NAMES = frozenset({"root", "core", "shared", "true", "false", "none", "null"})
"""Words that are everywhere and name nobody, even when an account is called so."""
_FIELDS = frozenset(
    {"lab", "mac", "macs", "host", "user", "name", "key", "file", "verb", "command", "commands", "outcome", "failures",
     "notices", "changes", "results", "tests", "gpu", "measured", "address", "code", "what", "why", "remedy", "action",
     "attributes", "before", "after", "reason", "status", "seconds", "tail", "device", "devices"}
)  # fmt: skip
"""Names of a Report's own fields: as keys they stay, even where an account or a lab is called so."""


class Redactor:
    """Knows names to take out, and learns more from what it is shown."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """`known` maps what must not appear (in any case, as a whole word) to its placeholder."""
        self.known: dict[str, str] = {}
        for word, placeholder in known.items():
            self.know(word, placeholder)

    def know(self, word: str, placeholder: str) -> None:
        """Take this word out from now on."""
        if len(word) > 1 and word.lower() not in _NOT_NAMES:
            self.known.setdefault(word.lower(), placeholder)

    def learn(self, value: Any) -> None:
        """Find the names of people's homes anywhere in a JSON value: an account's name also stands elsewhere."""
        for text in _texts(value):
            for match in _HOMES.finditer(text):
                self.know(match["name"], "<user>")

    def redacted(self, value: Any) -> Any:
        """The same JSON value without names, addresses and secrets; lists of lines are read as one text."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self._key(str(key)): self.redacted(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            if value and all(isinstance(item, str) for item in value):
                return self.text("\n".join(value)).split("\n")
            return [self.redacted(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """One text, redacted."""
        text = _HOMES.sub(r"\g<before><user>", text)
        for pattern, placeholder in RULES:
            text = pattern.sub(placeholder, text)
        text = ADDRESS.sub(_address, text)
        return self._words(text)

    def _key(self, key: str) -> str:
        return key if key in _FIELDS else self.text(key)

    def _words(self, text: str) -> str:
        for word in sorted(self.known, key=len, reverse=True):
            pattern = rf"(?<![A-Za-z0-9<]){re.escape(word)}(?![A-Za-z0-9>])"
            text = re.sub(pattern, lambda _, word=word: self.known[word], text, flags=re.IGNORECASE)  # type: ignore[misc]
        return text


def _address(match: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]  # a time of day, a version
    return match[0] if address.is_loopback or address.is_unspecified else "<address>"


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
