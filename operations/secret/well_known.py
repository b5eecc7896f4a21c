"""Passwords that everybody knows: the carbon suite's own default, and what people write before they think of one.

The suite's default stands in its images' Dockerfiles and README (wisejnrs/carbon-*-macos); it is refused wherever it
appears.
"""

import re
from collections.abc import Iterator

from carbon_fleet.spec import Problem
from operations.stack.container import Container

SUITE = "carbon123#"
_NEVER = {"changeme", "change-me", "change_me", "changeit", "passw0rd", "p@ssw0rd", "letmein", "minioadmin"}
"""Nothing but a password, and nobody's own."""
_WORDS = """
    password password1 password123 pass secret admin admin123 administrator root toor carbon carbon123 user guest test
    demo default qwerty postgres mysql redis mongo mongodb jupyter vnc vncpassword docker podman ubuntu raspberry
    1234 12345 123456 1234567 12345678 123456789 1234567890 0000 00000000 111111
"""
_WEAK = _NEVER | set(_WORDS.split())
"""Also words with another meaning: refused only where a password stands."""
_SECRET = re.compile(r"pass(w(or)?d|phrase)?$|requirepass|pwd$|token|secret|api[_-]?key|credential", re.IGNORECASE)
_Path = tuple[str | int, ...]


def known(value: str) -> bool:
    """Whether a password is one of those everybody tries first."""
    return value.casefold() in _WEAK or SUITE in value.casefold()


def well_known(container: Container, path: _Path) -> Iterator[Problem]:
    """Well-known passwords in a container's variables and command lines, which are no place for any other either."""
    for variable, value in container.environment.items():
        if _bare(value) or (_SECRET.search(variable) and known(value)):
            yield _problem((*path, "environment", variable), f"{variable} is a password everybody knows", variable)
    for key, words in (("command", container.command), ("entrypoint", container.entrypoint)):
        for place, word in enumerate(words):
            before = words[place - 1] if place else ""
            if _bare(word) or _option(word, before):
                yield _problem((*path, key, place), "a password everybody knows stands here", "PASSWORD")
    health = container.health.command if container.health else ""
    if SUITE in " ".join([health] if isinstance(health, str) else health).casefold():
        yield _problem((*path, "health", "command"), "a password everybody knows stands here", "PASSWORD")


def _bare(value: str) -> bool:
    return SUITE in value.casefold() or value.casefold() in _NEVER


def _option(word: str, before: str) -> bool:
    """`--requirepass carbon`, `--password=admin`."""
    name, equals, value = word.partition("=")
    if equals and _SECRET.search(name):
        return known(value)
    return before.startswith("-") and "=" not in before and _SECRET.search(before) is not None and known(word)


def _problem(path: _Path, what: str, variable: str) -> Problem:
    why = "whoever reaches this container knows it too"
    return Problem(path, what, why, f"write `secrets: {{{variable}: NAME}}`, which makes a strong one on each Mac")
