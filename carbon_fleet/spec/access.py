"""How a Mac is reached: the keys of a layer that are no sections."""

from typing import Literal

from carbon_fleet.spec.base import Wish
from carbon_fleet.spec.mirror import MirrorAddress
from carbon_fleet.spec.quantity import Duration
from carbon_fleet.spec.registry import Registry
from carbon_fleet.spec.runtime import DEFAULT, RuntimeName
from carbon_fleet.spec.words import HomePath, Host, HostKey, Name, Port, UserName


class Access(Wish):
    """Address, login and host key of one Mac."""

    host: Host
    """Its address or name; `local` is the machine this runs on."""
    user: UserName | None = None
    """The user to log in as, who owns Homebrew and the machine there."""
    port: Port = 22
    """The port of its SSH server."""
    key: HomePath | None = None
    """The private key's file; without it, what the SSH agent and the usual files hold."""
    host_key: HostKey | None = None
    """Its public host key, pinned here; an unknown or changed key stops this Mac before any command."""
    known_hosts: HomePath | None = None
    """A known_hosts file that holds its host key; without it `~/.ssh/known_hosts`."""
    accept_software_gpu: bool = False
    """Let a software GPU pass: only for a simulated lab."""
    runtime: RuntimeName = DEFAULT
    """What runs its stacks; a stack's own `runtime` may say otherwise."""
    build_on: Name | None = None
    """The Mac, or the group, that builds this one's images, which are then brought from there; left out, it does."""
    platform: Literal["linux/arm64", "linux/amd64"] | None = None
    """What its images are for. Needed only where the Macs of a lab differ: of a group, one with the same builds.

    A Mac with an Intel processor says `linux/amd64`.
    """
    registry: Registry | None = None
    """The registry through which images go to the Macs that do not build them; left out, straight from Mac to Mac."""
    mirror: MirrorAddress | None = None
    """The site mirror that it has everything from (`carbon-fleet mirror`); left out, it asks the Internet."""
    report_interval: Duration | None = None
    """How long a Mac may go unseen before drift counts that, too; left out: for ever."""


MAC_ONLY = frozenset(("host", "groups"))
"""What only a Mac itself can say."""
KEYS = (*Access.model_fields, "groups")
"""Every key of a layer that is no section."""
