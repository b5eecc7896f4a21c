"""A workload as a property list for launchd: a program of the Mac's own, in no container.

Keys are those of launchd.plist(5). The program is started by `files/native/run.pl`, whose first argument says, as
JSON, all that launchd has no key for: folders and volumes that have to be there, which secrets go into which variables
(their names; the values are read from the Mac's files by the one that becomes the program), the ports it is to listen
on, and how it is asked whether it works. launchd follows the program itself, for the script becomes it.

In words and variables `{port:80}`, `{host:80}`, `{near:80}`, `{at:80}`, `{volume:/data}`, `{secret:/run/x}`, `{state}`
and `{home}` are filled in, all else is taken as it stands.
"""

import hashlib
import json
import plistlib
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet import assets
from operations.render.workload import Mount, Port, Workload

PREFIX = "io.carbon-fleet.native."
"""All labels of ours begin with it."""
DATA = "~/.local/share/carbon-fleet/native"
"""Where volumes are: `STACK/VOLUME`."""
STATE = "~/.local/state/carbon-fleet/native"
"""Where a job has a folder that is empty at each start, and beside it the note of what it was started with."""
SECRETS = "~/.config/carbon-fleet/secrets"
"""The Mac's own copies."""
PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
STOP_SECONDS = 30
"""How long a program may take to end before it is killed."""
UMASK = 0o077
LOG_BYTES = 10 << 20
"""How large a log grows before it is put aside."""
LOOPBACK = "127.0.0.1"
PLACE = re.compile(r"\{(?:(port|host|near|at|volume|secret):([^{}]+)|(state|home))\}")


def label(container: str) -> str:
    """What launchd calls the job of a container."""
    return f"{PREFIX}{container}"


def log(container: str) -> str:
    """Where what the program says is kept; older pieces have `.1` and `.2` after it."""
    return f"~/Library/Logs/carbon-fleet-native-{container}.log"


def plist(workload: Workload, home: str, log_bytes: int = LOG_BYTES) -> str:
    """The text of its property list. `home` is the login user's home folder, a whole path."""
    made = {"definition": definition(workload, home, log_bytes), "log": log_bytes}
    return plistlib.dumps(_job(workload, home, made), sort_keys=False).decode()


def definition(workload: Workload, home: str, log_bytes: int = LOG_BYTES) -> str:
    """The digest (16 hex digits) of all that the property list says."""
    job = _job(workload, home, {"log": log_bytes})
    return hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()[:16]


def running(workload: Workload, home: str, log_bytes: int = LOG_BYTES) -> str:
    """What a process notes of itself: the definition, and the digest (16 hex digits) of what it is started with."""
    made = definition(workload, home, log_bytes)
    said = json.dumps(_said(workload, home, {"definition": made, "log": log_bytes}), ensure_ascii=False)
    variables = (f"{name}={value}" for name, value in sorted(environment(workload, home).items()))
    actual = "\0".join([said, *words(workload, home), *variables])
    return f"{made}.{hashlib.sha256(actual.encode()).hexdigest()[:16]}"


def filled(text: str, workload: Workload, home: str) -> str:
    """Text with its places filled in; raises KeyError for one that nothing is published, kept or given at."""
    known = places(workload, home)
    return PLACE.sub(lambda found: known[found[0]], text)


def places(workload: Workload, home: str) -> dict[str, str]:
    """What each place stands for, by the place as it is written."""
    found = {"{home}": home, "{state}": at_home(f"{STATE}/{workload.container}", home)}
    for port in workload.ports:
        inner = f"{port.inner}{'' if port.kind == 'tcp' else '/udp'}"
        near = _reached(port)
        values = {"port": str(port.outer), "host": _host(port), "near": near.strip("[]"), "at": f"{near}:{port.outer}"}
        found |= {f"{{{kind}:{inner}}}": value for kind, value in values.items()}
    found |= {f"{{volume:{mount.target}}}": folder(workload.stack, mount, home) for mount in workload.mounts}
    files = (secret for secret in workload.secrets if secret.file)
    return found | {f"{{secret:{each.target}}}": at_home(f"{SECRETS}/{each.name}", home) for each in files}


def folder(stack: str, mount: Mount, home: str) -> str:
    """The folder, or file, behind a volume."""
    return at_home(f"{DATA}/{stack}/{mount.source}", home) if mount.named else mount.source


def at_home(path: str, home: str) -> str:
    """A path below `~/` as a whole one."""
    return f"{home}/{path[2:]}" if path.startswith("~/") else path


def environment(workload: Workload, home: str) -> dict[str, str]:
    """The variables the program is started with, but for those that hold secrets."""
    said = {name: filled(value, workload, home) for name, value in sorted(workload.environment.items())}
    return {"PATH": PATH, "HOME": home, **said}


def words(workload: Workload, home: str) -> tuple[str, ...]:
    """The program and its arguments."""
    return tuple(filled(word, workload, home) for word in (*workload.program, *workload.command))


def asked(workload: Workload, home: str) -> str:
    """The line of sh that succeeds while it works, its places filled in; empty where nothing is said of that."""
    if workload.health is None:
        return ""
    command = workload.health.command
    return filled(command if isinstance(command, str) else shlex.join(command), workload, home)


def _host(port: Port) -> str:
    return port.host.strip("[]") or "0.0.0.0"  # noqa: S104  # what the lab file opens to its network


def _reached(port: Port) -> str:
    """Where the Mac itself reaches it; an IPv6 address in brackets."""
    return LOOPBACK if port.host in ("", "0.0.0.0") else port.host  # noqa: S104


def _job(workload: Workload, home: str, made: Mapping[str, Any]) -> dict[str, Any]:
    said = json.dumps(_said(workload, home, made), ensure_ascii=False)
    begin = ["/usr/bin/perl", "-e", _program(), said]
    out = at_home(log(workload.container), home)
    return {
        "Label": label(workload.container),
        "ProgramArguments": [*begin, *words(workload, home)],
        "EnvironmentVariables": environment(workload, home),
        "WorkingDirectory": home,
        "StandardOutPath": out,
        "StandardErrorPath": out,
        "RunAtLoad": True,
        **_kept_alive(workload),
        "ExitTimeOut": STOP_SECONDS,
        "Umask": UMASK,
        # A background job's share of the Mac would be a server's bad day.
        "ProcessType": "Interactive",
    }


def _kept_alive(workload: Workload) -> Mapping[str, Any]:
    if workload.restart == "no":
        return {}
    return {"KeepAlive": True if workload.restart == "always" else {"SuccessfulExit": False}}


def _said(workload: Workload, home: str, made: Mapping[str, Any]) -> dict[str, Any]:
    health = workload.health
    return {
        "stack": workload.stack,
        "container": workload.name,
        "name": workload.container,
        **made,
        "variables": sorted(environment(workload, home)),
        "secrets": {secret.target: secret.name for secret in workload.secrets},
        "folders": sorted({*workload.folders, *_volumes(workload, home)}),
        "volumes": [[folder(workload.stack, one, home), one.target, one.read_only] for one in workload.mounts],
        "ports": [port.text for port in workload.ports],
        "health": health
        and {
            "command": health.command if isinstance(health.command, str) else list(health.command),
            "times": [health.interval, health.timeout, health.start_period],
            "retries": health.retries,
        },
        "asked": asked(workload, home),
    }


def _volumes(workload: Workload, home: str) -> Iterator[str]:
    return (folder(workload.stack, mount, home) for mount in workload.mounts if mount.named)


def _program() -> str:
    lines = assets.text("native/run.pl").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))
