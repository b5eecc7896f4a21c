"""Docker Desktop itself: a version that can, terms that somebody accepted, its settings, its engine.

Sources: docs.docker.com, «Install Docker Desktop on Mac» (it does not run before its terms are accepted; `install
--accept-license --user=NAME`), «docker desktop start» (since Docker Desktop 4.37), «Change settings» (where its file of
settings is, since 4.35; docker/docs pull request 21003). Docker documents no keys of that file (docker/docs issue
23706): these are what it writes itself: `Cpus`, `MemoryMiB`, `DiskSizeMiB`, `AutoStart`, and `LicenseTermsVersion` once
its terms are accepted. While it runs it keeps its settings in memory, and writes them over what is in the file.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice, Refusal
from carbon_fleet.spec import Mac
from operations.docker.commands import STOP_SECONDS, script, start
from operations.docker.seen import DockerSeen
from operations.docker.wish import Docker

OLDEST = (4, 38)
"""Its Compose knows `label_file`, and it has `docker desktop`."""
ACCEPTED = "LicenseTermsVersion"
KEYS: Mapping[str, str] = {
    "cpus": "Cpus",
    "memory": "MemoryMiB",
    "disk": "DiskSizeMiB",
    "start_at_login": "AutoStart",
}
"""A field of the wish → its key in the settings file."""
BY_HAND = "at the Mac's screen run `open -a Docker` and accept them"
BY_ROOT = 'or, where you may: sudo /Applications/Docker.app/Contents/MacOS/install --accept-license --user="$USER"'
INSTALL = (
    "curl -fLO https://desktop.docker.com/mac/main/amd64/Docker.dmg && sudo hdiutil attach Docker.dmg && "
    "sudo /Volumes/Docker/Docker.app/Contents/MacOS/install; sudo hdiutil detach /Volumes/Docker"
)
"""As Docker's page on the Mac has it."""
STAKE = ("every container on Docker Desktop stops, and those that restart by themselves start again",)


def wished(wanted: Docker) -> dict[str, int | bool]:
    """What is to be in the settings file, by its keys."""
    values = {"cpus": wanted.cpus, "memory": wanted.memory and wanted.memory.mib}
    values |= {"disk": wanted.disk and wanted.disk.mib, "start_at_login": wanted.start_at_login}
    return {KEYS[name]: value for name, value in values.items() if value is not None}


def refusals(wanted: Docker, seen: DockerSeen, mac: Mac) -> Iterator[Refusal]:
    """What only a person can mend."""
    if not seen.app and mac.intel:
        what, why = "there is no Docker Desktop on this Intel Mac", "Homebrew, which would bring it, is for none"
        yield Refusal("docker.app", "DOCKER_MISSING", what, why, f"have an administrator run: {INSTALL}")
    if seen.version and _numbers(seen.version) < OLDEST:
        yield _too_old(seen)
    if seen.app and not seen.running and not accepted(seen):
        what = "nobody has accepted the terms of Docker Desktop on this Mac"
        why = "it does not run without, and they are a contract: carbon-fleet makes none in your name"
        yield Refusal("docker.engine", "DOCKER_TERMS", what, why, f"{BY_HAND}; {BY_ROOT}")
    before = (seen.settings or {}).get("DiskSizeMiB")
    if wanted.disk is not None and isinstance(before, int) and before > wanted.disk.mib:
        what = f"its disk may grow to {before} MiB, and the lab file says {wanted.disk}"
        why = "Docker Desktop makes a disk smaller by throwing it away, with every image, container and volume"
        write = f"write `docker: {{disk: {before}MiB}}` or more; or make it smaller yourself, in its own settings"
        yield Refusal("docker.settings", "DOCKER_DISK_SHRINKS", what, why, write)


def accepted(seen: DockerSeen) -> bool:
    """Whether somebody accepted its terms."""
    return bool((seen.settings or {}).get(ACCEPTED))


def _too_old(seen: DockerSeen) -> Refusal:
    need = ".".join(map(str, OLDEST))
    what, why = f"Docker Desktop {seen.version} is there", f"stacks need what came with {need}"
    return Refusal(
        "docker.app", "DOCKER_TOO_OLD", what, why, "update it: `docker desktop update`, or in the application"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(word) for word in version.split(".")[:2] if word.isdigit())


def changes(wanted: Docker, seen: DockerSeen) -> Iterator[Finding]:
    """Settings while it is stopped, then its start."""
    if not seen.app:
        what = "Docker Desktop will be there for the first time, and somebody has to accept its terms"
        why = "apply comes as far as that, and refuses"
        yield Notice("docker.engine", "DOCKER_TERMS_AHEAD", what, why, f"then {BY_HAND}, and apply again")
    yield from settings(wished(wanted), seen)
    if not seen.running:
        attribute = Attribute("state", "stopped" if seen.app else None, "running")
        yield Change("docker.engine", Action.RUN, (attribute,), "its engine does not answer", (start(),))


def settings(values: Mapping[str, Any], seen: DockerSeen) -> Iterator[Change]:
    """The Change to these values by the file's keys; None is a key that is to be gone."""
    before = seen.settings or {}
    differing = {key: value for key, value in values.items() if before.get(key) != value}
    if differing:
        names = {key: name for name, key in KEYS.items()}
        attributes = tuple(Attribute(names[key], before.get(key), value) for key, value in differing.items())
        words = [f"{key}={'' if value is None else json.dumps(value)}" for key, value in differing.items()]
        write = script("settings", *words, says=f"set {', '.join(words)}", deadline=2 * STOP_SECONDS + 60)
        commands = (write, *((start(),) if seen.running else ()))
        stake = STAKE if seen.running else ()
        yield Change("docker.settings", Action.UPDATE, attributes, "the lab file says so", commands, stake)
