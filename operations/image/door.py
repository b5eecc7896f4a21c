"""The way to a registry: who logs in there, and whether it speaks plain http.

The password goes from the Mac's own copy of the secret straight into the machine, on standard input: neither
carbon-fleet nor any argument has it. In the machine it lies in a file of one script, which podman reads (containers-
auth.json(5)).
"""

from dataclasses import dataclass

from carbon_fleet import assets
from carbon_fleet.plan import shell
from carbon_fleet.spec import Mac


@dataclass(frozen=True)
class Door:
    """What a script needs of it: its last two `words`, and the program on the Mac that tells the password (`fed`)."""

    words: tuple[str, str] = ("", "no")
    fed: tuple[str, ...] = ()


def door(mac: Mac, reference: str) -> Door:
    """The way to where `reference` is: that of the lab's registry, or of podman's own settings for any other."""
    registry = mac.registry
    if registry is None or reference.partition("/")[0] != registry.host:
        return Door()
    words = (registry.user or "", "yes" if registry.insecure else "no")
    return Door(words, shell(assets.text("secret/mac.sh"), "tell", registry.password) if registry.password else ())
