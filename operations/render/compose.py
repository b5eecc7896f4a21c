"""Workloads of one stack as a Compose file (compose-spec), for Docker Desktop's engine.

Compose expands `$` in every value: doubled. Values of secrets are read from files of the Mac, whose folder is all that
stands in the text: those found in a file are mounted from there, those found in variables come by an `env_file`.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from operations.render.workload import Check, Mount, Workload


def document(stack: str, workloads: Sequence[Workload], secrets: str) -> str:
    """The text of the stack's `compose.yaml`. `secrets` is the folder of the Mac with a file for each secret."""
    whole: dict[str, Any] = {
        "name": project(stack),
        "services": {workload.name: _service(workload, secrets) for workload in workloads},
    }
    if volumes := sorted({mount.source for workload in workloads for mount in workload.mounts if mount.named}):
        # Named as elsewhere, without the project before it; and made by us, so that `down --volumes` cannot take it.
        whole["volumes"] = {name: {"name": name, "external": True} for name in volumes}
    if files := sorted({secret.name for workload in workloads for secret in workload.secrets if secret.file}):
        whole["secrets"] = {name: {"file": f"{secrets}/{name}"} for name in files}
    text: str = yaml.safe_dump(_expandable(whole), sort_keys=False, allow_unicode=True, width=10_000)
    return "# Written by carbon-fleet; the lab file says what it should be.\n" + text


def project(stack: str) -> str:
    """The Compose project of a stack."""
    return f"carbon-fleet-{stack}"


def variables_file(workload: Workload) -> str:
    """The file in the folder of secrets that holds a container's secret variables, `NAME=value` a line."""
    return f"{workload.container}.env"


def _service(workload: Workload, secrets: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "container_name": workload.container,
        "image": workload.image,
        "pull_policy": "never" if workload.ours else "missing",
        "labels": workload.labels,
        "restart": workload.restart,
    }
    made |= _process(workload, secrets) | _storage(workload) | _confinement(workload)
    if workload.ports:
        made["ports"] = [port.text for port in workload.ports]
    if workload.network:
        made["network_mode"] = workload.network
    if workload.health:
        made["healthcheck"] = _health(workload.health)
    if workload.after:
        made["depends_on"] = list(workload.after)
    return made


def _process(workload: Workload, secrets: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if workload.program:
        made["entrypoint"] = list(workload.program)
    if workload.command:
        made["command"] = list(workload.command)
    if workload.user:
        made["user"] = workload.user
    # A variable of the image cannot be taken away by Compose; empty is how these are off.
    environment = dict.fromkeys(workload.without, "") | dict(workload.environment)
    if environment:
        made["environment"] = dict(sorted(environment.items()))
    if any(not secret.file for secret in workload.secrets):
        # As it is written: a value may hold `$`, and quotes (Compose 2.30 and later).
        made["env_file"] = [{"path": f"{secrets}/{variables_file(workload)}", "format": "raw"}]
    if files := [secret for secret in workload.secrets if secret.file]:
        made["secrets"] = [{"source": secret.name, "target": secret.target} for secret in files]
    return made


def _storage(workload: Workload) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if workload.mounts:
        made["volumes"] = [_volume(mount) for mount in workload.mounts]
    if workload.tmpfs:
        made["tmpfs"] = list(workload.tmpfs)
    if workload.read_only:
        made["read_only"] = True
    return made


def _volume(mount: Mount) -> dict[str, Any]:
    read_only = {"read_only": True} if mount.read_only else {}
    if mount.named:
        return {"type": "volume", "source": mount.source, "target": mount.target, **read_only}
    bind = {"bind": {"create_host_path": True}}
    return {"type": "bind", "source": mount.source, "target": mount.target, **read_only, **bind}


def _confinement(workload: Workload) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if workload.devices:
        made["devices"] = [f"{device}:{device}" for device in workload.devices]
    if workload.kept is not None:
        made["cap_drop"] = ["ALL"]
        if workload.kept:
            made["cap_add"] = list(workload.kept)
    if not workload.new_privileges:
        made["security_opt"] = ["no-new-privileges:true"]
    if workload.memory:
        made["mem_limit"] = workload.memory
    return made


def _health(health: Check) -> dict[str, Any]:
    words = ["CMD-SHELL", health.command] if isinstance(health.command, str) else ["CMD", *health.command]
    return {
        "test": words,
        "interval": f"{health.interval}s",
        "timeout": f"{health.timeout}s",
        "retries": health.retries,
        "start_period": f"{health.start_period}s",
    }


def _expandable(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _expandable(each) for key, each in value.items()}
    return [_expandable(each) for each in value] if isinstance(value, list) else value
