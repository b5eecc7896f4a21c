"""What a lab file may say of the LaunchAgents on a Mac."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from carbon_fleet.spec import Duration, HomePath, Mac, Problem, Wish, mistake

SHORTEST, LONGEST = Duration("5m"), Duration("7d")


def _autostart(value: object) -> object:
    if value == "boot":
        why = "what starts before anybody logs in is root's, and carbon-fleet writes nothing as root"
        raise mistake("`boot` is not offered", why, "write `login`, and turn on automatic login on that Mac")
    return value


def _every(value: Duration) -> Duration:
    if not SHORTEST <= value <= LONGEST:
        raise mistake(f"`{{text}}` is not between {SHORTEST} and {LONGEST}", write="write one such as `1h`")
    return value


class DriftAgent(Wish):
    """How a Mac looks for its own drift."""

    every: Annotated[Duration, AfterValidator(_every)] = Duration("1h")
    """How often; what falls into the Mac's sleep is left out."""
    splay: Duration = Duration("10m")
    """Each Mac waits its own share of this first, so that not all of a lab begin at one moment."""
    program: HomePath = "~/.local/bin/carbon-fleet"
    """carbon-fleet on that Mac, which somebody installed there."""
    lab: HomePath = "~/.config/carbon-fleet/lab.yml"
    """The lab file on that Mac, in which it is called the same and has `host: local`."""


class Agent(Wish):
    """What `agent:` in a lab file may say. What is left out is not there, and taken away where it was ours."""

    autostart: Annotated[Literal["login"], BeforeValidator(_autostart)] | None = None
    """`login`: the machine starts when the user logs in at the screen (automatic login does, too)."""
    drift: DriftAgent | None = None
    """The Mac looks for its own drift by itself."""


def check(wanted: Agent, mac: Mac) -> Iterator[Problem]:
    """A wait that does not end before the next one begins."""
    drift = wanted.drift
    if drift is not None and drift.splay >= drift.every:
        yield Problem(
            ("agent", "drift", "splay"),
            f"{drift.splay} is not shorter than `every`",
            "a look would begin when the next one is due",
            "write `10m` or less",
        )
