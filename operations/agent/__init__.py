"""LaunchAgents of the login user: one starts the machine at login, one looks for drift, one pulls the lab.

Starting it at boot is a LaunchDaemon's (`daemon.py`).

They belong to gui/UID, launchd's domain of whoever is logged in at the screen, and to no other: in user/UID an agent
lasts only as long as some session of the user's (any ssh login), and has to name Background as its session type
(home-manager#4413, sops-nix#966). With nobody at the screen the file is put in its place, and launchd takes it from
there at the next login. Before a file changes its agent is taken out of launchd, so that what is loaded is what lies
there.
Agents of ours that nobody wishes are taken away; all others are never looked at.
"""

import plistlib
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import (
    Action,
    Attribute,
    Change,
    Command,
    Finding,
    Resource,
    Where,
    World,
    mac,
    shell,
)
from carbon_fleet.plan.files import FileWish, write_file
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.agent import daemon
from operations.agent.jobs import Job, jobs, label, text
from operations.agent.seen import NAMES, AgentSeen, JobSeen, read
from operations.agent.told import after_login, lacking, not_ours
from operations.agent.wish import Agent, DriftAgent, PullAgent, check

__all__ = ["RESOURCE", "Agent", "AgentSeen", "DriftAgent", "JobSeen", "PullAgent", "differences", "read"]
MODE = "0644"
"""launchd loads nothing that others may write."""
LAUNCHCTL_SECONDS = 30


def differences(wanted: Agent, seen: AgentSeen, world: World) -> Iterator[Finding]:
    """For each agent: the Change that puts it there, or takes it away; a Refusal for what it could not run."""
    missing = tuple(lacking(wanted, seen, world.mac))
    if missing:
        yield from missing
        return
    wished = jobs(wanted, seen, world.mac)
    for name in NAMES:
        found = seen.jobs[name]
        if name in wished:
            yield from _put(name, wished[name], found, seen)
        elif found.there:
            yield _take_away(name, found, seen)
    agents = tuple(name for name in wished if name != daemon.DAEMON)
    if agents and not seen.screen:
        yield after_login(agents)


def _put(name: str, job: Job, found: JobSeen, seen: AgentSeen) -> Iterator[Finding]:
    if found.file.kind not in ("regular", "absent"):
        yield not_ours(name, found)
        return
    written = tuple(_written(job, found))
    attributes = (*written, *(daemon.loaded(found) if name == daemon.DAEMON else _loaded(found, seen)))
    if not attributes:
        return
    action = Action.CREATE if found.file.kind == "absent" else Action.UPDATE
    if name == daemon.DAEMON:
        commands = daemon.put(text(job), found, seen, MODE)
    else:
        commands = _commands(name, job, found, seen, written=bool(written))
    yield Change(f"agent.{name}", action, attributes, REASONS[name], commands)


def _commands(name: str, job: Job, found: JobSeen, seen: AgentSeen, *, written: bool) -> tuple[Command, ...]:
    commands: list[Command] = []
    if written:
        commands += [_unload(name, seen)] if found.loaded else []
        commands.append(write_file(FileWish(found.file.path, text(job), MODE), Where.MAC))
    commands.append(_load(name, found, seen))
    return tuple(commands)


REASONS = {
    "autostart": "the machine is to start when the user logs in",
    "drift": "the Mac is to look for its own drift",
    "pull": "the Mac is to fetch its lab, and apply it to itself",
    "boot": "the machine is to start with the Mac",
}


def _written(job: Job, found: JobSeen) -> Iterator[Attribute]:
    if found.file.kind == "absent":
        yield Attribute("file", None, found.file.path)
        return
    there = _job_in(found)
    if there is None:
        yield Attribute("file", "not a property list", "one")
    else:
        before, after = _told(there), _told(job)
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                yield Attribute(key, before.get(key), after.get(key))
    if found.file.mode != MODE:
        yield Attribute("mode", found.file.mode, MODE)


def _job_in(found: JobSeen) -> Job | None:
    try:
        there = plistlib.loads(found.file.content)
    except Exception:  # plistlib raises whatever its parsers do
        return None
    return there if isinstance(there, dict) else None


def _told(job: Job) -> dict[str, str]:
    """A job by its keys, each as one text; variables one by one."""
    told: dict[str, str] = {}
    for key, value in job.items():
        if key == "EnvironmentVariables" and isinstance(value, dict):
            told |= {f"{key}.{name}": str(word) for name, word in value.items()}
        else:
            told[key] = shlex.join(map(str, value)) if isinstance(value, list) else str(value)
    return told


def _loaded(found: JobSeen, seen: AgentSeen) -> Iterator[Attribute]:
    if found.disabled:
        yield Attribute("disabled", True, False)
    if seen.screen and not found.loaded:
        yield Attribute("loaded", False, True)


def _take_away(name: str, found: JobSeen, seen: AgentSeen) -> Change:
    attributes = (Attribute("file", found.file.path, None),)
    argv = shell(assets.text("launchd/remove.sh"), _domain(seen), label(name), found.file.path)
    remove = mac(*argv, deadline=LAUNCHCTL_SECONDS, says=f"remove the agent {label(name)}")
    commands = (daemon.remove(found, seen),) if name == daemon.DAEMON else (_unload(name, seen), remove)
    return Change(f"agent.{name}", Action.DELETE, attributes, "no lab file asks for it", commands)


def _domain(seen: AgentSeen) -> str:
    return f"{'gui' if seen.screen else 'user'}/{seen.uid}"


def _unload(name: str, seen: AgentSeen) -> Command:
    argv = shell(assets.text("launchd/unload.sh"), f"gui/{seen.uid}", label(name))
    return mac(*argv, deadline=60, says=f"launchctl bootout gui/{seen.uid}/{label(name)}")


def _load(name: str, found: JobSeen, seen: AgentSeen) -> Command:
    words = (_domain(seen), label(name), found.file.path, "yes" if seen.screen else "no")
    verb = "bootstrap" if seen.screen else "enable"
    argv = shell(assets.text("launchd/load.sh"), *words)
    return mac(*argv, deadline=LAUNCHCTL_SECONDS, says=f"launchctl {verb} {label(name)}")


def asks(wanted: Agent, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/agent.sh`."""
    drift, pull = wanted.drift, wanted.pull
    return {
        "CF_AGENT_ASKED": "no" if wanted == Agent() else "yes",
        "CF_AGENT_PROGRAM": drift.program if drift else "",
        "CF_AGENT_LAB": drift.lab if drift else "",
        "CF_AGENT_PULL_PROGRAM": pull.program if pull else "",
        "CF_AGENT_SIGNERS": pull.signers if pull else "",
        "CF_AGENT_CA": (pull.ca or "") if pull else "",
    }


def parts(wanted: Agent, mac: Mac) -> Mapping[str, Any]:
    """Each agent by itself."""
    return {f"agent.{name}": value for name, value in wanted.model_dump(mode="json").items() if value is not None}


def places(wanted: Agent, mac: Mac) -> Iterator[str]:
    """Files of the agents, and those they write."""
    for name in NAMES:
        if name != daemon.DAEMON:
            yield f"~/Library/LaunchAgents/{label(name)}.plist"
        yield f"~/Library/Logs/carbon-fleet-{name}.log"
    yield daemon.STAGED
    yield "~/.local/state/carbon-fleet/drift.json"
    yield "~/.local/state/carbon-fleet/pull.json"
    yield "~/.local/state/carbon-fleet/pull/"


RESOURCE = Resource(
    "agent",
    "agent",
    Agent,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    # A login or logout, which an update of macOS makes, decides whether launchd has it.
    moved_by={"agent.*.loaded": ("macos",)},
    places=places,
    removal=lambda wanted, seen, before, world: differences(Agent(), seen, world),
    applies=runtimes.on_a_mac,
)
