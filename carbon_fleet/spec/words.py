"""The short texts of a lab file: names, paths, modes, ports; each refuses what it is not, and says the rule."""

import re
from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from carbon_fleet.spec.base import mistake

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def printable(value: str) -> str:
    """Text of one line; control characters would change what a shell, a unit or a terminal makes of it."""
    if not value:
        raise mistake("this is empty", write="write a value, or leave the key out")
    if _CONTROL.search(value):
        raise mistake("this holds a line break or a control character", why="it has to be one line of text")
    return value


def _matching(pattern: str, kind: str, rule: str, example: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise mistake(f"`{{text}}` is not a {kind}", why=f"a {kind} is {rule}", write=f"write one such as `{example}`")

    return check


def _shown(pattern: str, *examples: str) -> Any:
    extra: dict[str, Any] = {"pattern": f"^{pattern}$", "examples": list(examples)}
    return Field(json_schema_extra=extra)


def _path(value: str, home: bool) -> str:
    rule = "absolute (`/etc/x`) or in the home folder (`~/x`)" if home else "absolute (`/etc/x`)"
    if not (value.startswith("/") or (home and (value.startswith("~/") or value == "~"))):
        raise mistake(
            "`{text}` is not such a path", why=f"it has to be {rule}", write=f"write `{_rooted(value, home)}`"
        )
    if ".." in value.split("/"):
        raise mistake(
            "`{text}` goes up with `..`", why="where it ends must be plain to see", write="write the whole path"
        )
    return printable(value)


def _rooted(value: str, home: bool) -> str:
    bare = "/".join(part for part in value.split("/") if part not in ("", ".", "..", "~")) or "x"
    return _CONTROL.sub("", f"~/{bare}" if home else f"/{bare}")


def _mode(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        octal = f"{value:04d}" if re.fullmatch("[0-7]{1,4}", str(value)) else "0644"
        raise mistake(
            "`{text}` is a number to YAML, and one YAML reader's octal is another's decimal",
            write=f'write the mode as quoted octal: `"{octal}"`',
        )
    return value


def _host(value: str) -> str:
    bare = value.partition("%")[0]
    if ":" in value:
        with suppress(ValueError):
            return str(IPv6Address(bare)) and value
    elif re.fullmatch(r"[0-9.]+", value):
        with suppress(ValueError):
            return str(IPv4Address(value)) and value
    elif re.fullmatch(_HOST, value):
        return value
    raise mistake(
        "`{text}` is not a host",
        why="a host is an address or a name, without user or port, which are keys of their own",
        write="write one such as `10.0.0.11`, `mac-02.local` or `local`",
    )


_NAME = "[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?"
_FORMULA = r"([a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9@+._-]*"
_TAP = r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*"
_ENV = "[A-Za-z_][A-Za-z0-9_]*"
_USER = "[A-Za-z_][A-Za-z0-9._-]{0,63}"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?"
_KEY = r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]{40,}={0,2}( [^\n]*)?"
_MODE = "0[0-7]{3}|[0-7]{4}"


def is_name(text: str) -> bool:
    """Whether `text` could be a `Name`."""
    return re.fullmatch(_NAME, text) is not None


Text = Annotated[str, AfterValidator(printable)]
"""One line of text, not empty, without control characters."""

Name = Annotated[
    str,
    AfterValidator(_matching(_NAME, "name", "1 to 30 of a-z, 0-9 and `-`, with no `-` at either end", "mac-01")),
    _shown(_NAME, "mac-01"),
]
"""A name of ours: of a lab, a group, a Mac, a machine, a stack, an image."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP port, 1 to 65535."""

AbsolutePath = Annotated[str, AfterValidator(lambda value: _path(value, home=False)), _shown("/.*", "/etc/hosts")]
"""An absolute path without `..`."""

HomePath = Annotated[str, AfterValidator(lambda value: _path(value, home=True)), _shown("(/.*|~(/.*)?)", "~/x")]
"""An absolute path, or one in the login user's home folder (`~/x`), without `..`."""

FileMode = Annotated[
    str,
    BeforeValidator(_mode),
    AfterValidator(_matching(_MODE, "file mode", "four octal digits in quotes", '"0644"')),
    _shown(f"({_MODE})", "0644"),
]
"""A file's mode as four octal digits, quoted: `"0644"`."""

Formula = Annotated[
    str,
    AfterValidator(
        _matching(_FORMULA, "formula", "`name` or `owner/tap/name`, in small letters", "libkrun/krun/krunkit")
    ),
    _shown(_FORMULA, "podman", "libkrun/krun/krunkit", "python@3.12"),
]
"""A Homebrew formula or cask, by its full name where it is not Homebrew's own."""

Tap = Annotated[
    str, AfterValidator(_matching(_TAP, "tap", "`owner/name`", "libkrun/krun")), _shown(_TAP, "libkrun/krun")
]
"""A Homebrew tap."""

EnvName = Annotated[
    str,
    AfterValidator(_matching(_ENV, "environment variable's name", "letters, digits and `_`, no digit first", "LANG")),
    _shown(_ENV, "LANG"),
]
"""The name of an environment variable."""

UserName = Annotated[
    str,
    AfterValidator(_matching(_USER, "login name", "letters, digits, `.`, `_` and `-`, starting with a letter", "lab")),
    _shown(_USER, "lab"),
]
"""A login name on a Mac."""

Host = Annotated[
    str,
    AfterValidator(_host),
    Field(json_schema_extra={"examples": ["10.0.0.11", "mac-02.local", "local"]}),
]
"""An IPv4 or IPv6 address or a host's name; `local` is the machine this runs on."""

HostKey = Annotated[
    str,
    AfterValidator(
        _matching(
            _KEY, "public host key", "its type and its base64 text, as `ssh-keyscan` prints them", "ssh-ed25519 AAAA…"
        )
    ),
    _shown(_KEY),
]
"""A public SSH host key: `ssh-ed25519 AAAA…`."""
