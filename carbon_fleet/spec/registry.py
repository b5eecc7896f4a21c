"""`registry`: the OCI registry through which a lab's images go from the Macs that build them to the others."""

import re
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from carbon_fleet.spec.base import Wish, mistake
from carbon_fleet.spec.words import Name, Text

_PART = "[a-z0-9]+([._-]+[a-z0-9]+)*"
_PLACE = re.compile(rf"([a-z0-9.-]+\.[a-z0-9.-]+|[a-z0-9.-]+:[0-9]{{1,5}}|localhost)(:[0-9]{{1,5}})?(/{_PART})+")
_NEAR = (".local", ".lan", ".internal", ".home.arpa", "localhost")
_USER = re.compile(r"[^\s:]+")


def _place(value: str) -> str:
    if not _PLACE.fullmatch(value):
        why = "it is a host, with its port where that is not 443, and a path below which our images are pushed"
        raise mistake("`{text}` is no place in a registry", why, "write one such as `registry.example:5000/carbon`")
    return value


def _user(value: str) -> str:
    if not _USER.fullmatch(value):
        raise mistake("`{text}` is no user of a registry", "a login is USER:PASSWORD", "write the user alone")
    return value


class Registry(Wish):
    """Where images are pushed by the Macs that build them, and pulled from, by digest, by the others."""

    at: Annotated[Text, AfterValidator(_place)]
    """Host, port and path: `registry.example:5000/carbon`."""
    insecure: bool = False
    """Speak plain http to it; only where it is on this machine or in the lab's own network."""
    user: Annotated[Text, AfterValidator(_user)] | None = None
    """Who logs in there; left out, nobody does."""
    password: Name | None = None
    """The secret with that user's password. Not a generated one: that would be another on each Mac."""

    @property
    def host(self) -> str:
        """Host and port, as a login names it."""
        return self.at.partition("/")[0]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """A login has two halves, and plain http stays at home."""
        if (self.user is None) != (self.password is None):
            there, lacking = ("password", "user") if self.user is None else ("user", "password")
            raise mistake(f"`{there}` without `{lacking}`", "a login is both", f"write `{lacking}:`, too")
        if self.insecure and not near(self.host.partition(":")[0]):
            why = f"`{self.host}` is neither this machine nor in a local network, and plain http shows all that goes by"
            raise mistake(
                "`insecure` is for loopback and the lab's own network",
                why,
                "leave it out, or name it by its address there",
            )
        return self


def near(host: str) -> bool:
    """Whether a host is this machine or, by its address or name, in a local network."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_NEAR)
    return address.is_private or address.is_loopback or address.is_link_local
