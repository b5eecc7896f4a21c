"""Verbs that ask what only a Mac has: on a Linux host they say so, and which verb there is instead."""

from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Refusal
from carbon_fleet.spec import Mac


def for_macs(mac: Mac, verb: str, instead: str) -> None:
    """Raise `Refused` on a Linux host."""
    if mac.linux:
        what = f"`{verb}` looks at what a Mac has, and {mac.name} is a Linux host"
        raise Refused(
            (Refusal("host", "NOT_FOR_LINUX", what, "it would say of everything that it is missing", instead),)
        )
