"""A container's Quadlet unit as text.

Keys are those of podman-systemd.unit(5) since podman 5.0. Values end up in the ExecStart of a generated service, where
systemd expands `%` and `$`: both are doubled everywhere. In Environment, Exec and Label the generator splits words by
systemd's quoting rules, so each word is quoted; all other values it takes as they stand.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations.image.recipe import recipe_of
from operations.model.wish import Models
from operations.secret.wish import label_option, option
from operations.stack import gpu, gpu_path, mac_folders, script
from operations.stack.ports import addressed
from operations.stack.wish import Container, Health, Stacks

FOLDER = "/etc/containers/systemd"
STACK_LABEL = "io.carbon-fleet.stack"
CONTAINER_LABEL = "io.carbon-fleet.container"
ACCEPT = "CARBON_ACCEPT"
START_SECONDS = 900
"""A first start may have to pull an image."""
_Lines = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Unit:
    """One wished container: its unit file's text, and the reference of its image when that is one of ours."""

    stack: str
    name: str
    container: Container
    text: str
    image: str | None

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return f"stack.{self.stack}.{self.name}"

    @property
    def file(self) -> str:
        """The unit file's name."""
        return f"carbon-fleet-{self.stack}-{self.name}.container"

    @property
    def path(self) -> str:
        """The unit file."""
        return f"{FOLDER}/{self.file}"

    @property
    def service(self) -> str:
        """The service the generator makes of it."""
        return service_name(self.stack, self.name)

    @property
    def container_name(self) -> str:
        """The container's name for podman."""
        return container_name(self.stack, self.name)


def service_name(stack: str, name: str) -> str:
    """The systemd service of a stack's container."""
    return f"carbon-fleet-{stack}-{name}.service"


def container_name(stack: str, name: str) -> str:
    """STACK-CONTAINER; just STACK for the container that has its stack's name: `podman exec vulkan-check …`."""
    return stack if stack == name else f"{stack}-{name}"


def units(wanted: Stacks, mac: Mac) -> tuple[Unit, ...]:
    """Every wished container's unit, each after the ones it starts after."""
    return tuple(
        _unit(stack.name, name, members[name], mac)
        for stack in wanted.all()
        for members in (stack.members(),)
        for name in started_in_order(members)
    )


def started_in_order(members: dict[str, Container]) -> tuple[str, ...]:
    """The names of a stack's containers, each after its `after`; what is unknown or in a circle does not hold it up."""
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in members and name not in done and name not in above:
            for earlier in members[name].after:
                visit(earlier, (*above, name))
            done[name] = None

    for name in members:
        visit(name, ())
    return tuple(done)


def _unit(stack: str, name: str, container: Container, mac: Mac) -> Unit:
    recipe = recipe_of(container.image, mac)
    image = recipe.tag if recipe else None
    sections = [
        ("Unit", _about(stack, name, container)),
        ("Container", _container(stack, name, container, image, mac)),
        ("Service", _service(container, mac)),
        ("Install", iter([("WantedBy", "multi-user.target default.target")])),
    ]
    text = "# Written by carbon-fleet; the lab file says what it should be.\n"
    text += "\n".join(f"[{title}]\n" + "".join(f"{key}={value}\n" for key, value in lines) for title, lines in sections)
    return Unit(stack, name, container, text, image)


def _about(stack: str, name: str, container: Container) -> _Lines:
    yield "Description", f"carbon-fleet: {name} of the stack {stack}"
    # A container that ends at once is tried again for ever, every few seconds: systemd's own limit would leave it dead.
    yield "StartLimitIntervalSec", "0"
    for earlier in container.after:
        # Not Requires: a restart of that one must not restart this one.
        yield "Wants", service_name(stack, earlier)
        yield "After", service_name(stack, earlier)


def _service(container: Container, mac: Mac) -> _Lines:
    for folder in mac_folders.folders(container, mac):
        yield "ExecStartPre", " ".join(["/usr/bin/mkdir", "-p", "-m", mac_folders.MODE, "--", quoted(folder)])
    yield "Restart", container.restart
    yield "RestartSec", "5"
    yield "TimeoutStartSec", str(START_SECONDS)


def _container(stack: str, name: str, container: Container, image: str | None, mac: Mac) -> _Lines:
    yield "ContainerName", container_name(stack, name)
    yield "Image", escaped(image or container.image)
    # Ours exist here or nowhere: asking a registry for them would only hide that.
    yield "Pull", "never" if image else "missing"
    yield "Label", quoted(f"{STACK_LABEL}={stack}")
    yield "Label", quoted(f"{CONTAINER_LABEL}={name}")
    # What a container said must outlive it: it is removed when it ends.
    yield "LogDriver", "journald"
    yield from _process(container, mac)
    yield from _storage(container, mac)
    for port in container.ports:
        yield "PublishPort", escaped(addressed(port, container.expose))
    if container.network:
        yield "Network", escaped(container.network)
    yield from _confinement(container)
    if container.health:
        yield from _health(container.health)


def _process(container: Container, mac: Mac) -> _Lines:
    program = script.words(container.start) if container.start else container.entrypoint
    if program:
        yield "Entrypoint", escaped(json.dumps(list(program)))
    if container.command:
        yield "Exec", " ".join(quoted(word) for word in container.command)
    if container.user:
        yield "User", escaped(container.user)
    environment = dict(container.environment)
    if container.gpu == "venus":
        environment |= {**gpu_path.environment(container.gpu_path), **gpu.environment(container)}
        environment[ACCEPT] = "software" if mac.accept_software_gpu else "apple"
    for variable, value in sorted(environment.items()):
        yield "Environment", quoted(f"{variable}={value}")
    for target, name in sorted(container.secrets.items()):
        yield "Secret", escaped(option(target, name))
    for name in dict.fromkeys(container.secrets.values()):
        yield "PodmanArgs", quoted(label_option(name))
    for variable in gpu.without(container):
        yield "PodmanArgs", quoted(f"--unsetenv={variable}")


def _storage(container: Container, mac: Mac) -> _Lines:
    layer = recipe_of(gpu.LAYER, mac) if gpu.mounted(container) else None
    if layer is not None:
        yield "Mount", escaped(gpu.mount(layer.tag))
    for volume in container.volumes:
        yield "Volume", escaped(mac_folders.here(volume, mac))
    for model in container.models:
        wished = mac.section("models", Models).root.get(model)
        if wished is not None:
            yield "Volume", escaped(f"{wished.place}:/models/{model}:ro,z")
    for place in container.tmpfs:
        yield "Tmpfs", escaped(place)
    if container.read_only:
        yield "ReadOnly", "true"
    if any(_unlabelled(volume) for volume in container.volumes):
        yield "SecurityLabelDisable", "true"


def _unlabelled(volume: str) -> bool:
    """A folder of the machine keeps its SELinux label, which containers may not read; /dev/dri needs no such thing."""
    options = volume.split(":")[2:]
    return volume.startswith("/") and not {"z", "Z"} & set(",".join(options).split(","))


def _confinement(container: Container) -> _Lines:
    if container.gpu == "venus":
        yield "AddDevice", "/dev/dri"
    for device in container.devices:
        yield "AddDevice", escaped(device)
    kept = () if container.capabilities is None and container.gpu == "venus" else container.capabilities
    if kept is not None:
        yield "DropCapability", "all"
        yield from (("AddCapability", capability) for capability in kept)
    if not container.new_privileges:
        yield "NoNewPrivileges", "true"
    if container.memory:
        yield "PodmanArgs", quoted(f"--memory={int(container.memory)}b")


def _health(health: Health) -> _Lines:
    # podman runs an array of several words as it is, and hands anything else to the container's sh.
    command = health.command if isinstance(health.command, str) else json.dumps(list(health.command))
    yield "HealthCmd", escaped(command)
    yield "HealthInterval", f"{health.interval.seconds}s"
    yield "HealthTimeout", f"{health.timeout.seconds}s"
    yield "HealthRetries", str(health.retries)
    yield "HealthStartPeriod", f"{health.start_period.seconds}s"


def escaped(value: str) -> str:
    """A value as it stands in a unit file, so that systemd expands nothing in it."""
    return value.replace("%", "%%").replace("$", "$$")


def quoted(word: str) -> str:
    """One word by systemd's quoting rules."""
    return '"' + escaped(word).replace("\\", "\\\\").replace('"', '\\"') + '"'
