"""The short texts of a container's wish: each says what it is, so that podman never has to refuse one on a Mac."""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

from carbon_fleet.spec import Text, mistake
from carbon_fleet.spec.words import printable

_PORT = re.compile(
    r"((?P<host>[0-9.]+|\[[0-9a-fA-F:.]+\]):)?(?P<outer>[0-9]{1,5}):(?P<inner>[0-9]{1,5})(/(?P<kind>tcp|udp))?"
)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_OWN = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
_FULL = re.compile(r"[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+(:[A-Za-z0-9._-]+)?(@sha256:[0-9a-f]{64})?")


@dataclass(frozen=True)
class Published:
    """A published port, taken apart: address (as written, IPv6 in brackets) and port of the Mac, protocol.

    `inner` is the container's port. An address that is left out is every address.
    """

    host: str
    outer: int
    kind: str
    inner: int = 0

    @property
    def everywhere(self) -> bool:
        """Whether it is published on every address."""
        return not self.host or ip_address(self.host.strip("[]")).is_unspecified

    @property
    def loopback(self) -> bool:
        """Whether only the Mac itself reaches it."""
        return not self.everywhere and ip_address(self.host.strip("[]")).is_loopback

    def clashes(self, other: "Published") -> bool:
        """Whether both cannot be had at once."""
        same = self.host == other.host or self.everywhere or other.everywhere
        return same and (self.outer, self.kind) == (other.outer, other.kind)


def published(port: str) -> Published:
    """Take a valid `ports` entry apart."""
    match = _PORT.fullmatch(port)
    if match is None:
        raise ValueError(port)
    return Published(match["host"] or "", int(match["outer"]), match["kind"] or "tcp", int(match["inner"]))


def _port(value: str) -> str:
    match = _PORT.fullmatch(value)
    if match is None:
        raise mistake("`{text}` is not a published port", "it says both ends", "write one such as `127.0.0.1:8080:80`")
    if not all(1 <= int(match[end]) <= 65535 for end in ("outer", "inner")):
        raise mistake("`{text}` has a port that is none", "ports are 1 to 65535", "write one such as `8080:80`")
    if match["host"] and not _is_address(match["host"]):
        raise mistake(
            "`{text}` has an address that is none", "", "write one such as `127.0.0.1:8080:80`, or leave it out"
        )
    return value


def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host.strip("[]")))
    return False


def _volume(value: str) -> str:
    source, _, rest = value.partition(":")
    target = rest.partition(":")[0]
    if not target.startswith("/") or not _is_source(source):
        why = "it is `NAME:/path`, `~/on/the/mac:/path` or `/in/the/machine:/path`, with options after another colon"
        raise mistake("`{text}` is not a volume", why, "write one such as `data:/var/lib/data`")
    return _plain(value)


def _is_source(value: str) -> bool:
    if value.startswith("~/"):
        return len(value) > 2 and ".." not in value.split("/")
    return bool(value.startswith("/") or _NAME.fullmatch(value))


def _source(value: str) -> str:
    if ":" in value or not _is_source(value):
        why = "it is a folder of the Mac (`~/folder`), one of the machine (`/folder`), or the name of a volume"
        raise mistake("`{text}` is no place for files", why, "write one such as `~/carbon-workspace`")
    return _plain(value)


def _reference(value: str) -> str:
    if _OWN.fullmatch(value) or _FULL.fullmatch(value):
        return value
    why = "a short name may be looked up anywhere"
    raise mistake("`{text}` is no image", why, "write an image of ours, or all of it: `docker.io/library/debian:13`")


def _device(value: str) -> str:
    if not value.startswith("/dev/"):
        raise mistake("`{text}` is not a device", "devices are below /dev", "write one such as `/dev/snd`")
    return _plain(value)


def _plain(value: str) -> str:
    if value.endswith("\\"):
        raise mistake("`{text}` ends in a backslash", "a unit file would join the next line to it", "leave it out")
    if value != value.strip():
        raise mistake("`{text}` has blanks at an end", "a unit file would lose them", "leave them out")
    return value


def _environment(value: str) -> str:
    return printable(value) if value else value


Plain = Annotated[Text, AfterValidator(_plain)]
"""Text that stands in a unit file without quotes."""
Port = Annotated[Text, AfterValidator(_port)]
"""A published port: `[ADDRESS:]PORT:PORT[/udp]`."""
Volume = Annotated[Text, AfterValidator(_volume)]
"""A volume: `NAME:/path[:options]`, `~/on/the/mac:/path[:options]` or `/in/the/machine:/path[:options]`."""
Source = Annotated[Text, AfterValidator(_source)]
"""What a volume shows: a folder of the login user's home on the Mac (`~/…`), one of the machine, or a name."""


def _secret_target(value: str) -> str:
    if value.startswith("/") and ".." not in value.split("/") and "," not in value:
        return _plain(value)
    if _VARIABLE.fullmatch(value):
        return value
    why = "a secret is found in a variable, or in a file of its own"
    raise mistake("`{text}` is no place for a secret", why, "write one such as `JUPYTER_TOKEN` or `/run/secrets/token`")


SecretTarget = Annotated[Text, AfterValidator(_secret_target)]
"""Where a container finds a secret: the name of a variable, or the absolute path of a file."""
Reference = Annotated[Text, AfterValidator(_reference)]
"""An image of ours by its name, or a full reference."""
Device = Annotated[Text, AfterValidator(_device)]
"""A device of the machine: `/dev/…`."""
Environment = Annotated[str, AfterValidator(_environment)]
"""The value of an environment variable: one line, which may be empty."""
