"""The two connections of a machine, NAME and NAME-root: podman 6 starts no machine whose connections are missing."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from carbon_fleet.plan import Action, Attribute, Change, Command, Refusal
from operations.machine import commands as podman
from operations.machine.seen import Config, Connection, MachineSeen
from operations.machine.wish import Machine

HERE = ("127.0.0.1", "localhost")


def names(machine: str) -> tuple[str, str]:
    """The names podman gives a machine's connections: the user's, then root's."""
    return machine, f"{machine}-root"


def preferred(wanted: Machine) -> str:
    """The connection that should be podman's default."""
    return names(wanted.name)[1 if wanted.rootful else 0]


def wished(name: str, config: Config) -> dict[str, str]:
    """The URIs of a machine's connections by name. The port is read anew each time: a start may change it."""
    user, root = names(name)
    at = f"127.0.0.1:{config.port}"
    return {
        user: f"ssh://{config.user}@{at}/run/user/{config.uid}/podman/podman.sock",
        root: f"ssh://root@{at}/run/podman/podman.sock",
    }


def same(uri: str, wish: str) -> bool:
    """Whether both lead to the same socket (podman 4 wrote localhost, later ones 127.0.0.1)."""
    one, other = urlsplit(uri), urlsplit(wish)
    hosts = one.hostname == other.hostname or (one.hostname in HERE and other.hostname in HERE)
    return hosts and (one.username, _port(uri), one.path) == (other.username, _port(wish), other.path)


def _port(uri: str) -> int | None:
    try:
        return urlsplit(uri).port
    except ValueError:
        return None


def ours(connection: Connection) -> bool:
    """Whether podman or carbon-fleet made this entry: it is marked so, or leads here with podman's machine key."""
    here = urlsplit(connection.uri).hostname in HERE
    return connection.is_machine or (here and connection.identity.endswith("/podman/machine/machine"))


def taken(seen: MachineSeen) -> Iterator[Refusal]:
    """A Refusal for each of the two names that somebody uses for something else."""
    for name in names(seen.name):
        connection = seen.connections.get(name)
        if connection and not ours(connection):
            yield Refusal(
                f"machine.connection.{name}",
                "MACHINE_CONNECTION_TAKEN",
                f"the podman connection `{name}` leads to {connection.uri}",
                f"podman needs this name for the machine `{seen.name}` and does not overwrite a connection",
                f"give it another name: podman system connection rename {name} {name}-before-carbon-fleet",
            )


def leftovers(seen: MachineSeen) -> tuple[Command, ...]:
    """Commands that drop the connections of a machine that is not there: init would fail over them."""
    return tuple(podman.disconnect(name) for name in names(seen.name) if name in seen.connections)


def differences(seen: MachineSeen, config: Config) -> Iterator[Change]:
    """A Change for each connection that is missing or leads elsewhere."""
    for name, uri in wished(seen.name, config).items():
        connection = seen.connections.get(name)
        if connection and same(connection.uri, uri) and connection.identity == config.identity:
            continue
        pairs = (
            ("uri", connection.uri if connection else None, uri),
            ("identity", connection.identity if connection else None, config.identity),
        )
        attributes = tuple(Attribute(*pair) for pair in pairs if pair[1] != pair[2])
        drop = (podman.disconnect(name),) if connection else ()
        yield Change(
            f"machine.connection.{name}",
            Action.UPDATE if connection else Action.CREATE,
            attributes,
            "podman reaches the machine by this connection, and podman 6 does not start a machine without it",
            (*drop, podman.connect(name, uri, config.identity)),
        )


def default(wanted: Machine, seen: MachineSeen) -> Iterator[Change]:
    """The Change that makes the machine's connection podman's default."""
    name = preferred(wanted)
    if seen.default != name:
        yield Change(
            "machine.connection.default",
            Action.UPDATE,
            (Attribute("default", seen.default or None, name),),
            "podman without --connection then means this machine, as root"
            if wanted.rootful
            else "podman without --connection then means this machine",
            (podman.prefer(name),),
        )
