"""The ssh_config of one Mac: its address, key and pinned host key, and one shared connection in a private folder."""

from pathlib import Path

from carbon_fleet.spec import Lab, Mac

CONNECT_SECONDS = 15
ALIVE_SECONDS = 5
ALIVE_MISSES = 4


def write_config(lab: Lab, mac: Mac, directory: Path) -> Path:
    """Write `config` (and `known_hosts`, when a key is pinned) in `directory`; the socket will be `directory/s`.

    The user's own ~/.ssh/config is read after it, so that a ProxyJump or an agent named there serves here too;
    what a lab file or a look needs comes first and therefore wins.
    """
    options = [*_fixed(directory), *_identity(lab, mac), *_trust(lab, mac, directory)]
    block = [f"Host {_host(mac)}", *(f"    {name} {value}" for name, value in options)]
    user = Path("~/.ssh/config").expanduser()
    rest = ["Match all", f"    Include {quoted(str(user))}"] if user.is_file() else []
    path = directory / "config"
    path.write_text("\n".join([*block, *rest, ""]), encoding="utf-8")
    return path


def quoted(path: str) -> str:
    """A path as ssh_config takes it: in quotes, and no `%` of it a token."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _host(mac: Mac) -> str:
    return mac.host.replace("%", "%%")


def _fixed(directory: Path) -> list[tuple[str, str]]:
    return [
        ("BatchMode", "yes"),
        ("ConnectTimeout", str(CONNECT_SECONDS)),
        ("ServerAliveInterval", str(ALIVE_SECONDS)),
        ("ServerAliveCountMax", str(ALIVE_MISSES)),
        ("StrictHostKeyChecking", "yes"),
        ("UpdateHostKeys", "no"),
        ("CheckHostIP", "no"),
        ("ControlPath", quoted(str(directory / "s"))),
        ("ControlPersist", "no"),
        ("ForwardAgent", "no"),
        ("ForwardX11", "no"),
        ("ClearAllForwardings", "yes"),
        ("PermitLocalCommand", "no"),
        ("RemoteCommand", "none"),
        ("RequestTTY", "no"),
        ("EscapeChar", "none"),
        ("LogLevel", "ERROR"),
    ]


def _identity(lab: Lab, mac: Mac) -> list[tuple[str, str]]:
    options = [("HostName", _host(mac)), ("Port", str(mac.port))]
    if mac.user:
        options.append(("User", mac.user))
    if mac.key:
        options += [("IdentityFile", quoted(str(beside(lab, mac.key)))), ("IdentitiesOnly", "yes")]
    return options


def _trust(lab: Lab, mac: Mac, directory: Path) -> list[tuple[str, str]]:
    if mac.host_key:
        pinned = directory / "known_hosts"
        at = mac.host if mac.port == 22 else f"[{mac.host}]:{mac.port}"
        pinned.write_text(f"{at} {mac.host_key}\n", encoding="utf-8")
    elif mac.known_hosts:
        pinned = beside(lab, mac.known_hosts)
    else:
        return []
    return [("UserKnownHostsFile", quoted(str(pinned))), ("GlobalKnownHostsFile", "/dev/null")]


def beside(lab: Lab, path: str) -> Path:
    """A path as the lab file means it: `~` is our home, a relative one starts at the lab file."""
    return lab.path.absolute().parent / Path(path).expanduser()
