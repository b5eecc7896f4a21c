"""Workloads of one stack as Apple's `container` is told them: the words of `container create`, in one JSON text.

Options are those of apple/container 1.0 to 1.2.2, `docs/command-reference.md`; how it reads them: `Parser.swift`. It
has no health check and no restart policy: both stand in the text beside the words, for whoever asks and restarts (our
scripts, and launchd). What only the Mac knows, the values of secrets, comes to the words there: variables by an
`--env-file`, files by a folder that is shown where they are looked for. A single file is not mounted: its maker links
it into a folder first, and a file of two links is at times not readable inside (apple/container issue 1251).

It knows no `no-new-privileges`: a container is a virtual machine of its own.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from operations.render.workload import Check, Mount, Workload

DEFINITION_LABEL = "io.carbon-fleet.definition"
"""The label that holds the digest of all the text says of a container."""
SECRETS_LABEL = "io.carbon-fleet.secrets"
"""The label that holds `NAME:FINGERPRINT` (joined by commas) of each secret a container was made with."""
MIB = 2**20


@dataclass(frozen=True)
class Share:
    """What a container gets that says nothing of it: CPUs, bytes of memory. None: the tool's own 4, and 1 GiB."""

    cpus: int | None = None
    memory: int | None = None


def document(workloads: Sequence[Workload], share: Share) -> str:
    """The text of a stack's `containers.json`: each container by its name in the stack."""
    whole = {workload.name: _entry(workload, share) for workload in workloads}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def definition(workload: Workload, share: Share) -> str:
    """The digest (16 hex digits) of all that the text says of a container."""
    said = json.dumps(_said(workload, share), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def arguments(workload: Workload, share: Share) -> tuple[str, ...]:
    """The words after `container create`, but for what comes of secrets; the last but `command` is the image."""
    return (*_options(workload, share), workload.image, *_process(workload))


def folders(workload: Workload) -> dict[str, dict[str, str]]:
    """The folders of the container in which it finds secrets: each with its files' names, and the secret of each."""
    found: dict[str, dict[str, str]] = {}
    for secret in workload.secrets:
        if secret.file:
            target = PurePosixPath(secret.target)
            found.setdefault(str(target.parent), {})[target.name] = secret.name
    return found


def _entry(workload: Workload, share: Share) -> dict[str, Any]:
    return {**_said(workload, share), "definition": definition(workload, share)}


def _said(workload: Workload, share: Share) -> dict[str, Any]:
    return {
        "name": workload.container,
        "image": workload.image,
        "ours": workload.ours,
        "options": list(_options(workload, share)),
        "arguments": list(_process(workload)),
        "folders": list(workload.folders),
        "variables": {secret.target: secret.name for secret in workload.secrets if not secret.file},
        "files": folders(workload),
        "health": _health(workload.health) if workload.health else None,
        "restart": workload.restart,
        "after": list(workload.after),
    }


def _options(workload: Workload, share: Share) -> Iterator[str]:
    yield from ("--name", workload.container)
    for label, value in workload.labels.items():
        yield from ("--label", f"{label}={value}")
    if workload.program:
        # Only a program is an entrypoint to it: what follows goes before the arguments.
        yield from ("--entrypoint", workload.program[0])
    if workload.user:
        yield from ("--user", workload.user)
    # A variable of the image cannot be taken away; empty is how these are off.
    environment = dict.fromkeys(workload.without, "") | dict(workload.environment)
    for variable, value in sorted(environment.items()):
        yield from ("--env", f"{variable}={value}")
    yield from _storage(workload)
    for port in workload.ports:
        yield from ("--publish", port.text)
    if workload.network:
        yield from ("--network", workload.network)
    if workload.kept is not None:
        yield from ("--cap-drop", "ALL")
        for capability in workload.kept:
            yield from ("--cap-add", capability)
    yield from _share(workload, share)


def _storage(workload: Workload) -> Iterator[str]:
    for mount in workload.mounts:
        yield from ("--volume", _volume(mount))
    for place in workload.tmpfs:
        yield from ("--tmpfs", place)
    if workload.read_only:
        yield "--read-only"


def _volume(mount: Mount) -> str:
    """`ro` alone is said of podman's options: the others are about SELinux labels, which macOS has not."""
    return ":".join([mount.source, mount.target, *(["ro"] if mount.read_only else [])])


def _share(workload: Workload, share: Share) -> Iterator[str]:
    memory = workload.memory or share.memory
    if share.cpus:
        yield from ("--cpus", str(share.cpus))
    if memory:
        yield from ("--memory", f"{-(-memory // MIB)}M")


def _process(workload: Workload) -> Iterator[str]:
    yield from workload.program[1:]
    yield from workload.command


def _health(health: Check) -> dict[str, Any]:
    words = ["/bin/sh", "-c", health.command] if isinstance(health.command, str) else list(health.command)
    return {
        "words": words,
        "interval": health.interval,
        "timeout": health.timeout,
        "retries": health.retries,
        "start_period": health.start_period,
    }
