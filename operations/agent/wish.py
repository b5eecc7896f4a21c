"""What a lab file may say of the LaunchAgents on a Mac."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator

from carbon_fleet.spec import Duration, HomePath, Mac, Problem, Wish, mistake
from carbon_fleet.spec.pulled import Pulled
from carbon_fleet.spec.window import Window, WindowText
from operations import runtimes

SHORTEST, LONGEST = Duration("5m"), Duration("7d")


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


class PullAgent(Pulled):
    """From where a Mac fetches its lab, to apply it to itself."""

    signers: HomePath = "~/.config/carbon-fleet/allowed_signers"
    """On that Mac: whose signatures count (ssh-keygen(1), ALLOWED SIGNERS)."""
    every: Annotated[Duration, AfterValidator(_every)] = Duration("1h")
    """How often; what falls into the Mac's sleep is left out."""
    splay: Duration = Duration("10m")
    """Each Mac waits its own share of this first."""
    window: WindowText = "22:00-05:00"
    """When it may apply, by the Mac's own clock; else it only looks for drift. `00:00-24:00`: at any time."""
    program: HomePath = "~/.local/bin/carbon-fleet"
    """carbon-fleet on that Mac, which somebody installed there."""


class Agent(Wish):
    """What `agent:` in a lab file may say. What is left out is not there, and taken away where it was ours."""

    autostart: Literal["login", "boot"] | None = None
    """`login`: the machine starts when the user logs in at the screen (automatic login does, too). `boot`: with the
    Mac, by a LaunchDaemon, which is root's to put there.
    """
    drift: DriftAgent | None = None
    """The Mac looks for its own drift by itself."""
    pull: PullAgent | None = None
    """The Mac fetches its lab and applies it to itself."""


def check(wanted: Agent, mac: Mac) -> Iterator[Problem]:
    """A wait that does not end before the next one begins; a window no pull may fall into."""
    for name, agent in (("drift", wanted.drift), ("pull", wanted.pull)):
        if agent is not None and agent.splay >= agent.every:
            yield Problem(
                ("agent", name, "splay"),
                f"{agent.splay} is not shorter than `every`",
                "a look would begin when the next one is due",
                "write `10m` or less",
            )
    if wanted.autostart and not (runtimes.podman(mac) or mac.linux):
        what, why = "there is no Podman machine to start on this Mac", f"its stacks run by `{mac.runtime}`"
        more = ", or write `docker: {start_at_login: true}`" if runtimes.docker(mac) else ""
        yield Problem(("agent", "autostart"), what, why, f"leave it out{more}")
    pull = wanted.pull
    if pull is not None and Window.of(pull.window).minutes * 60 < pull.every.seconds:
        yield Problem(
            ("agent", "pull", "window"),
            f"`{pull.window}` is shorter than `every`, {pull.every}",
            "a Mac could pass by it day after day",
            "write a longer window, or a shorter `every`",
        )
