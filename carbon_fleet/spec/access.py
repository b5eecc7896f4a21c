"""How a Mac is reached: the keys of a layer that are no sections."""

from carbon_fleet.spec.base import Wish
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
    build_on: Name | None = None
    """The Mac of this lab that builds this one's images, which are then brought from there; left out, it does."""


MAC_ONLY = frozenset(("host", "groups"))
"""What only a Mac itself can say."""
KEYS = (*Access.model_fields, "groups")
"""Every key of a layer that is no section."""
