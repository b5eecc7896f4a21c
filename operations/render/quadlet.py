"""A workload as a Quadlet unit's text.

Keys are those of podman-systemd.unit(5) since podman 5.0. Values end up in the ExecStart of a generated service, where
systemd expands `%` and `$`: both are doubled everywhere. In Environment, Exec and Label the generator splits words by
systemd's quoting rules, so each word is quoted; all other values it takes as they stand.
"""

import json
from collections.abc import Iterator

from operations.render.workload import Check, Mount, Workload

START_SECONDS = 900
"""A first start may have to pull an image."""
PREFIX = "carbon-fleet-"
"""Podman's secrets of ours begin with it, and so do our services."""
LABELS = "/var/lib/carbon-fleet/secrets"
"""Where the machine keeps, for each secret, the label that a container gets for having been made with it."""
DRIVER = "/opt/venus"
"""Where the Venus driver is: in the layer's image, and in every container with a GPU."""
FOLDER_MODE = "0777"
"""A new folder's: a container has another user than the Mac. There, only who may enter the home reaches it."""
_Lines = Iterator[tuple[str, str]]


def unit(workload: Workload) -> str:
    """The text of its `.container` file."""
    sections = [
        ("Unit", _about(workload)),
        ("Container", _container(workload)),
        ("Service", _service(workload)),
        ("Install", iter([("WantedBy", "multi-user.target default.target")])),
    ]
    text = "# Written by carbon-fleet; the lab file says what it should be.\n"
    return text + "\n".join(
        f"[{title}]\n" + "".join(f"{key}={value}\n" for key, value in lines) for title, lines in sections
    )


def service_name(stack: str, name: str) -> str:
    """The systemd service of a stack's container."""
    return f"{PREFIX}{stack}-{name}.service"


def _about(workload: Workload) -> _Lines:
    yield "Description", f"carbon-fleet: {workload.name} of the stack {workload.stack}"
    # A container that ends at once is tried again for ever, every few seconds: systemd's own limit would leave it dead.
    yield "StartLimitIntervalSec", "0"
    for earlier in workload.after:
        # Not Requires: a restart of that one must not restart this one.
        yield "Wants", service_name(workload.stack, earlier)
        yield "After", service_name(workload.stack, earlier)


def _service(workload: Workload) -> _Lines:
    for folder in workload.folders:
        yield "ExecStartPre", " ".join(["/usr/bin/mkdir", "-p", "-m", FOLDER_MODE, "--", quoted(folder)])
    yield "Restart", workload.restart
    yield "RestartSec", "5"
    yield "TimeoutStartSec", str(START_SECONDS)


def _container(workload: Workload) -> _Lines:
    yield "ContainerName", workload.container
    yield "Image", escaped(workload.image)
    # Ours exist here or nowhere: asking a registry for them would only hide that.
    yield "Pull", "never" if workload.ours else "missing"
    for label, value in workload.labels.items():
        yield "Label", quoted(f"{label}={value}")
    # What a container said must outlive it: it is removed when it ends.
    yield "LogDriver", "journald"
    yield from _process(workload)
    yield from _storage(workload)
    for port in workload.ports:
        yield "PublishPort", escaped(port.text)
    if workload.network:
        yield "Network", escaped(workload.network)
    yield from _confinement(workload)
    if workload.health:
        yield from _health(workload.health)


def _process(workload: Workload) -> _Lines:
    if workload.program:
        yield "Entrypoint", escaped(json.dumps(list(workload.program)))
    if workload.command:
        yield "Exec", " ".join(quoted(word) for word in workload.command)
    if workload.user:
        yield "User", escaped(workload.user)
    for variable, value in sorted(workload.environment.items()):
        yield "Environment", quoted(f"{variable}={value}")
    for secret in workload.secrets:
        where = f"type=mount,target={secret.target},mode=0444" if secret.file else f"type=env,target={secret.target}"
        yield "Secret", escaped(f"{PREFIX}{secret.name},{where}")
    for name in dict.fromkeys(secret.name for secret in workload.secrets):
        yield "PodmanArgs", quoted(f"--label-file={LABELS}/{name}")
    for variable in workload.without:
        yield "PodmanArgs", quoted(f"--unsetenv={variable}")


def _storage(workload: Workload) -> _Lines:
    if workload.driver:
        yield "Mount", escaped(f"type=image,source={workload.driver},destination={DRIVER},subpath={DRIVER}")
    for mount in workload.mounts:
        yield "Volume", escaped(mount.text)
    for place in workload.tmpfs:
        yield "Tmpfs", escaped(place)
    if workload.read_only:
        yield "ReadOnly", "true"
    if any(_unlabelled(mount) for mount in workload.mounts) or any("=" in device for device in workload.devices):
        yield "SecurityLabelDisable", "true"


def _unlabelled(mount: Mount) -> bool:
    """A folder of the machine keeps its SELinux label, which containers may not read; /dev/dri needs no such thing.

    The Mac's are shown labelled so that containers may read and write them (podman pull request 21297). Devices of CDI
    (`vendor.com/class=name`) keep theirs, too: NVIDIA's instructions for podman switch labels off.
    """
    return not mount.named and not mount.of_mac and not {"z", "Z"} & set(mount.options)


def _confinement(workload: Workload) -> _Lines:
    for device in workload.devices:
        yield "AddDevice", escaped(device)
    if workload.kept is not None:
        yield "DropCapability", "all"
        yield from (("AddCapability", capability) for capability in workload.kept)
    if not workload.new_privileges:
        yield "NoNewPrivileges", "true"
    if workload.memory:
        yield "PodmanArgs", quoted(f"--memory={workload.memory}b")


def _health(health: Check) -> _Lines:
    # podman runs an array of several words as it is, and hands anything else to the container's sh.
    command = health.command if isinstance(health.command, str) else json.dumps(list(health.command))
    yield "HealthCmd", escaped(command)
    yield "HealthInterval", f"{health.interval}s"
    yield "HealthTimeout", f"{health.timeout}s"
    yield "HealthRetries", str(health.retries)
    yield "HealthStartPeriod", f"{health.start_period}s"


def escaped(value: str) -> str:
    """A value as it stands in a unit file, so that systemd expands nothing in it."""
    return value.replace("%", "%%").replace("$", "$$")


def quoted(word: str) -> str:
    """One word by systemd's quoting rules."""
    return '"' + escaped(word).replace("\\", "\\\\").replace('"', '\\"') + '"'
