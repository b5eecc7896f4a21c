"""podman-connections.json and `podman system connection` (podman `pkg/machine/connection`)."""

from __future__ import annotations

import datetime
import json
import os
import sys

from .disk import fail, read_json, write_json
from .flags import Flags, exactly, incomplete, none
from .machine_human import write_rows
from .podman_env import Env

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


DEFAULT_MACHINE = "podman-machine-default"


def load(env: Env) -> dict[str, Any]:
    """The whole document; an empty one when there is no file. One that is no JSON ends the program."""
    try:
        document: dict[str, Any] = read_json(env.connections, {}) or {}
    except ValueError:
        why = "invalid character looking for beginning of value" if os.path.getsize(env.connections) else "EOF"
        fail(f'Error: parse "{env.connections}": {why}', 125)
    document.setdefault("Connection", {})
    document["Connection"].setdefault("Connections", {})
    document.setdefault("Farm", {})
    return document


def save(env: Env, document: dict[str, Any]) -> None:
    """Write it as Go does: what is empty is left out."""
    table = document["Connection"]
    kept = {key: table[key] for key in ("Default", "Connections") if table.get(key)}
    write_json(env.connections, {"Connection": kept, "Farm": document["Farm"]})
    with open(f"{env.connections}.lock", "a"):
        pass


def entries(env: Env) -> dict[str, Any]:
    """Name → {URI, Identity, IsMachine}."""
    found: dict[str, Any] = load(env)["Connection"]["Connections"]
    return found


def add_machine(env: Env, name: str, port: int, user: str, rootful: bool, identity: str) -> None:
    """The pair a machine gets; it becomes the default where there was no connection at all."""
    document = load(env)
    table = document["Connection"]
    alone = not table["Connections"]
    for entry, uri in uris(name, port, user).items():
        if entry in table["Connections"]:
            fail(f"Error: cannot overwrite connection {entry!r}", 125)
        table["Connections"][entry] = {"URI": uri, "Identity": identity, "IsMachine": True}
    if alone:
        table["Default"] = f"{name}-root" if rootful else name
    save(env, document)


def uris(name: str, port: int, user: str) -> dict[str, str]:
    """The addresses of a machine's two connections."""
    return {
        name: f"ssh://{user}@127.0.0.1:{port}/run/user/501/podman/podman.sock",
        f"{name}-root": f"ssh://root@127.0.0.1:{port}/run/podman/podman.sock",
    }


def move_port(env: Env, name: str, port: int, user: str) -> None:
    """Follow a machine whose ssh port was reassigned."""
    document = load(env)
    for entry, uri in uris(name, port, user).items():
        if entry in document["Connection"]["Connections"]:
            document["Connection"]["Connections"][entry]["URI"] = uri
    save(env, document)


def remove_machine(env: Env, name: str) -> str:
    """Drop a machine's pair; the first name that is missing ends it with nothing written. Returns why, or "".

    podman then makes any connection that is left the default, whether or not the default was among the removed.
    """
    document = load(env)
    table = document["Connection"]
    for entry in (name, f"{name}-root"):
        if table["Connections"].pop(entry, None) is None:
            return f'unable to find connection named "{entry}"'
    left = sorted(table["Connections"])
    table["Default"] = DEFAULT_MACHINE if DEFAULT_MACHINE in left else next(iter(left), "")
    save(env, document)
    return ""


def default(env: Env) -> str:
    """The default connection's name, or an empty text."""
    return str(load(env)["Connection"].get("Default") or "")


def default_if_readable(env: Env) -> str:
    """The same for podman's lists of machines, which take no notice of a broken file."""
    try:
        return str(((read_json(env.connections, {}) or {}).get("Connection") or {}).get("Default") or "")
    except ValueError:
        return ""


def set_default(env: Env, name: str) -> None:
    """Make `name` the default; it must exist."""
    document = load(env)
    with open(f"{env.connections}.lock", "a"):
        pass
    if name not in document["Connection"]["Connections"]:
        fail(
            f'Error: "{name}" destination is not defined. See "podman system connection add ..." to create a '
            "connection",
            125,
        )
    document["Connection"]["Default"] = name
    save(env, document)


_VERBS = ("add", "default", "list", "ls", "remove", "rm")
_SPEC: dict[str, dict[str, type]] = {
    "list": {"format": str, "quiet": bool},
    "add": {"identity": str, "default": bool, "port": int, "socket-path": str},
    "default": {},
    "remove": {"all": bool, "force": bool},
}
_SHORT = {"list": {"f": "format", "q": "quiet"}, "add": {"d": "default", "p": "port"}, "default": {},
          "remove": {"a": "all", "f": "force"}}  # fmt: skip


def main(env: Env, argv: list[str]) -> int:
    """`podman system connection VERB`."""
    if not argv:
        incomplete("podman system connection", "Manage remote API service destinations")
    if argv[0] not in _VERBS:
        why = f"unrecognized command `podman system connection {argv[0]}`"
        fail(f"Error: {why}\nTry 'podman system connection --help' for more information", 125)
    verb = {"ls": "list", "rm": "remove"}.get(argv[0], argv[0])
    flags = Flags(f"podman system connection {verb}", _SPEC[verb], _SHORT[verb])
    names = flags.parse(argv[1:])
    if verb == "list":
        none("podman system connection list", names)
        _list(env, flags)
    elif verb == "add":
        name, uri = exactly(2, names)
        _add(env, flags, name, uri)
    elif verb == "default":
        set_default(env, *exactly(1, names))
    else:
        _remove(env, [] if flags.get("all") else exactly(1, names))
    return 0


_TABLE = "table {{.Name}}\t{{.URI}}\t{{.Identity}}\t{{.Default}}\t{{.ReadWrite}}"
_FIELDS = {"Name": "", "URI": "", "Identity": "", "IsMachine": False, "Default": False, "ReadWrite": False}


def _list(env: Env, flags: Flags) -> None:
    chosen = default(env)
    rows = [
        {"Name": name, **entry, "Default": name == chosen, "ReadWrite": True}
        for name, entry in sorted(entries(env).items())
    ]
    if flags.get("quiet"):
        sys.stdout.write("".join(f"{row['Name']}\n" for row in rows))
    elif flags.get("format") == "json":
        sys.stdout.write(json.dumps(rows, indent=4) + "\n")
    else:
        full = [{**_FIELDS, **row} for row in rows]
        write_rows(flags.get("format") or _TABLE, full, {name: name for name in _FIELDS}, "list", "config.Connection")


def _add(env: Env, flags: Flags, name: str, uri: str) -> None:
    """Add or, without a word, overwrite: only `machine init` minds a connection that is there.

    `--default` does nothing for an ssh:// address, in podman 5 and 6 (containers/common pkg/ssh drops it).
    """
    document = load(env)
    table = document["Connection"]
    uri = uri if "://" in uri else f"ssh://{uri}"
    scheme = uri.partition(":")[0]
    if scheme not in ("ssh", "unix", "tcp"):
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        sys.stderr.write(f'time="{now}" level=warning msg="\\"{scheme}\\" unknown scheme, no validation provided"\n')
    if (flags.get("default") and scheme != "ssh") or not table["Connections"]:
        table["Default"] = name
    identity = flags.get("identity")
    table["Connections"][name] = {"URI": uri, **({"Identity": identity} if identity else {})}
    save(env, document)


def _remove(env: Env, names: list[str]) -> None:
    """Remove one, or all when none is named; one that is not there is no error."""
    document = load(env)
    table = document["Connection"]
    for name in names or list(table["Connections"]):
        table["Connections"].pop(name, None)
        if table.get("Default") == name:
            table["Default"] = ""
    save(env, document)
