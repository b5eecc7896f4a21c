"""The property lists of our LaunchAgents: templates of `files/launchd`, filled in.

launchd.plist(5). Autostart: what podman leaves running must outlive it (AbandonProcessGroup), it ends once the machine
runs (no KeepAlive: podman#28148), and the machine gets no share of a background job's limits (ProcessType). launchd
gives its jobs no Homebrew on PATH and none of a shell's variables, so all podman goes by is said: HOME, TMPDIR (where
podman keeps its sockets: the folder every other session uses) and the provider.
"""

import hashlib
import plistlib
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import shell
from carbon_fleet.spec import Mac
from operations.agent.seen import PREFIX, AgentSeen
from operations.agent.wish import Agent, DriftAgent
from operations.homebrew import Homebrew
from operations.machine import Machine
from operations.machine.commands import PROVIDER

Job = dict[str, Any]


def jobs(wanted: Agent, seen: AgentSeen, mac: Mac) -> dict[str, Job]:
    """The wished agents by name, each as launchd is to have it."""
    found: dict[str, Job] = {}
    if wanted.autostart is not None:
        found["autostart"] = _autostart(seen, mac)
    if wanted.drift is not None:
        found["drift"] = _drift(wanted.drift, seen, mac)
    return found


def text(job: Job) -> str:
    """A property list as it is written."""
    return plistlib.dumps(job).decode()


def label(name: str) -> str:
    """What launchd calls the agent `name`."""
    return f"{PREFIX}{name}"


def _template(name: str) -> Job:
    job: Job = plistlib.loads(assets.text(f"launchd/{name}.plist").encode())
    return job


def _autostart(seen: AgentSeen, mac: Mac) -> Job:
    machine = mac.section("machine", Machine)
    podman = f"{_prefix(mac)}/bin/podman"
    words = (machine.name, PROVIDER, str(machine.start_timeout.seconds), podman, "machine", "start", machine.name)
    argv = shell(_start_script(), *words)
    return {**_template("autostart"), **_common("autostart", argv, seen, mac)}


def _drift(wanted: DriftAgent, seen: AgentSeen, mac: Mac) -> Job:
    program, lab = (_at_home(path, seen) for path in (wanted.program, wanted.lab))
    argv = shell(assets.text("launchd/drift.sh"), program, lab, mac.name, str(share(mac, wanted.splay.seconds)))
    return {**_template("drift"), "StartInterval": wanted.every.seconds, **_common("drift", argv, seen, mac)}


def share(mac: Mac, splay: int) -> int:
    """How many seconds of `splay` this Mac waits: always the same ones, spread over the Macs of a lab."""
    number = int.from_bytes(hashlib.sha256(f"{mac.lab}/{mac.name}".encode()).digest()[:8], "big")
    return number % splay if splay else 0


def _common(name: str, argv: tuple[str, ...], seen: AgentSeen, mac: Mac) -> Job:
    prefix = _prefix(mac)
    env = {
        "PATH": f"{prefix}/bin:{prefix}/sbin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": seen.home,
        "TMPDIR": seen.temporary,
        "CONTAINERS_MACHINE_PROVIDER": PROVIDER,
    }
    log = f"{seen.home}/Library/Logs/carbon-fleet-{name}.log"
    return {"ProgramArguments": list(argv), "EnvironmentVariables": env, "StandardErrorPath": log}


def _start_script() -> str:
    """`start-machine.sh` with the machine resource's own library before it and its own start after it."""
    title, _, guard = assets.text("launchd/start-machine.sh").partition("\n")
    start = assets.text("machine/start.sh").partition("\n")[2]
    lines = (assets.text("machine/lib.sh") + guard + start).splitlines(keepends=True)
    return title + "\n" + "".join(line for line in lines if not line.lstrip().startswith("#"))


def _prefix(mac: Mac) -> str:
    return str(mac.section("homebrew", Homebrew).prefix)


def _at_home(path: str, seen: AgentSeen) -> str:
    return f"{seen.home}/{path[2:]}" if path.startswith("~/") else path
