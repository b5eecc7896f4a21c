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
from operations import runtimes
from operations.agent.seen import PREFIX, AgentSeen
from operations.agent.wish import Agent, DriftAgent, PullAgent
from operations.homebrew import Homebrew
from operations.machine import Machine

Job = dict[str, Any]


def jobs(wanted: Agent, seen: AgentSeen, mac: Mac) -> dict[str, Job]:
    """The wished agents by name, each as launchd is to have it."""
    found: dict[str, Job] = {}
    if wanted.autostart == "login":
        found["autostart"] = _autostart("autostart", seen, mac)
    if wanted.drift is not None:
        found["drift"] = _drift(wanted.drift, seen, mac)
    if wanted.pull is not None:
        found["pull"] = _pull(wanted.pull, seen, mac)
    if wanted.autostart == "boot":
        found["boot"] = {**_autostart("boot", seen, mac), "UserName": seen.user}
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


def _autostart(name: str, seen: AgentSeen, mac: Mac) -> Job:
    machine = mac.section("machine", Machine)
    podman = f"{_prefix(mac)}/bin/podman"
    words = (
        machine.name,
        runtimes.provider(mac),
        str(machine.start_timeout.seconds),
        podman,
        "machine",
        "start",
        machine.name,
    )
    argv = shell(_start_script(), *words)
    return {**_template(name), **_common(name, argv, seen, mac)}


def _drift(wanted: DriftAgent, seen: AgentSeen, mac: Mac) -> Job:
    words = (_at_home(wanted.program, seen), "drift", _at_home(wanted.lab, seen), "--limit", mac.name)
    return _at_intervals("drift", wanted, words, seen, mac)


def _pull(wanted: PullAgent, seen: AgentSeen, mac: Mac) -> Job:
    signers = _at_home(wanted.signers, seen)
    where: tuple[str, ...] = ("--from", wanted.url, "--signers", signers, "--file", wanted.file)
    where += () if wanted.bundle else ("--branch", wanted.branch)
    where += ("--ca", _at_home(wanted.ca, seen)) if wanted.ca else ()
    words = (_at_home(wanted.program, seen), "agent", "pull", *where, "--mac", mac.name, "--window", wanted.window)
    return _at_intervals("pull", wanted, words, seen, mac)


def _at_intervals(name: str, wanted: DriftAgent | PullAgent, words: tuple[str, ...], seen: AgentSeen, mac: Mac) -> Job:
    wait = str(share(mac, wanted.splay.seconds))
    argv = shell(assets.text("launchd/report.sh"), name, wait, *words, "--json", "--quiet")
    return {**_template(name), "StartInterval": wanted.every.seconds, **_common(name, argv, seen, mac)}


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
        "CONTAINERS_MACHINE_PROVIDER": runtimes.provider(mac),
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
