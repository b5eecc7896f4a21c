"""Workloads of one stack as a Compose file, for Docker Desktop's engine.

Keys are those of the Compose specification (docs.docker.com/reference/compose-file/services), of which `env_file` with
`format: raw` came with Compose 2.30 and `label_file` with 2.32.2. The text is JSON under one line of comment, which is
YAML as it is: so nothing in it can be read as another type. Compose expands `$` in every value: doubled.

Values of secrets are in files of the Mac: those a container finds in a file are mounted from there, those it finds in
variables come by an `env_file` beside the text. By a `label_file` each container carries which values it was made with.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from operations.render.workload import Check, Mount, Workload

DEFINITION_LABEL = "io.carbon-fleet.definition"
"""The label that holds the digest of all the text says of a container."""
SECRETS_LABEL = "io.carbon-fleet.secrets"
"""The label that holds `NAME:FINGERPRINT` (joined by commas) of each secret a container was made with."""
BRIDGE = "bridge"
"""The network every engine has: none is made, and containers see each other as on a Podman machine."""


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
    text = json.dumps(_expandable(whole), indent=2, ensure_ascii=False)
    return f"# Written by carbon-fleet; the lab file says what it should be.\n{text}\n"


def project(stack: str) -> str:
    """The Compose project of a stack."""
    return f"carbon-fleet-{stack}"


def variables_file(workload: Workload) -> str:
    """The file beside the text that holds a container's secret variables, `NAME=value` a line."""
    return f"{workload.container}.env"


def labels_file(workload: Workload) -> str:
    """The file beside the text that holds the label which says what secrets a container was made with."""
    return f"{workload.container}.labels"


def definition(workload: Workload, secrets: str) -> str:
    """The digest (16 hex digits) of all that the text says of a container."""
    said = json.dumps(_said(workload, secrets), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _service(workload: Workload, secrets: str) -> dict[str, Any]:
    labels = {**workload.labels, DEFINITION_LABEL: definition(workload, secrets)}
    return {**_said(workload, secrets), "labels": labels}


def _said(workload: Workload, secrets: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "container_name": workload.container,
        "image": workload.image,
        "pull_policy": "never" if workload.ours else "missing",
        "restart": workload.restart,
    }
    made |= _process(workload) | _secrets(workload, secrets) | _storage(workload) | _confinement(workload)
    if workload.ports:
        made["ports"] = [port.text for port in workload.ports]
    made["network_mode"] = workload.network or BRIDGE
    if workload.health:
        made["healthcheck"] = _health(workload.health)
    if workload.after:
        made["depends_on"] = list(workload.after)
    return made


def _process(workload: Workload) -> dict[str, Any]:
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
    return made


def _secrets(workload: Workload, secrets: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if workload.secrets:
        made["label_file"] = [f"./{labels_file(workload)}"]
    if any(not secret.file for secret in workload.secrets):
        # As it is written: a value may hold `$`, and quotes.
        made["env_file"] = [{"path": f"./{variables_file(workload)}", "format": "raw"}]
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
    bind = {"bind": {"create_host_path": not mount.file}}
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
