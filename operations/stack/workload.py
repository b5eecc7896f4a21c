"""From a container's wish to what is to run: names, images, folders, secrets and the GPU's driver looked up."""

from collections.abc import Iterator, Mapping

from carbon_fleet.spec import Mac
from operations.image import catalogue
from operations.image.recipe import recipe_of
from operations.model.wish import Models
from operations.render.workload import Check, Mount, Port, Secret, Workload
from operations.stack import cuda, gpu, gpu_path, mac_folders, script
from operations.stack.container import Container, Health
from operations.stack.ports import addressed
from operations.stack.words import published

ACCEPT = "CARBON_ACCEPT"
WITHOUT = ("llama",)
"""Images of ours whose programs compute on the CPU where they are told that there is to be no GPU."""
DEVICES: Mapping[str, tuple[str, ...]] = {"venus": ("/dev/dri",), "cuda": (cuda.DEVICE,), "none": ()}
"""What podman adds for each kind of GPU."""


def workload(stack: str, name: str, container: Container, mac: Mac, models: str | None = None) -> Workload:
    """The container `name` of a stack, on this Mac; `models` is the Mac's folder with those (None: its machine's)."""
    recipe = recipe_of(container.image, mac)
    layer = recipe_of(gpu.LAYER, mac) if gpu.mounted(container) else None
    return Workload(
        stack,
        name,
        recipe.tag if recipe else container.image,
        ours=recipe is not None,
        program=script.words(container.start) if container.start else container.entrypoint,
        command=container.command,
        user=container.user,
        environment=_environment(container, mac),
        without=gpu.without(container),
        secrets=tuple(Secret(name, target) for target, name in sorted(container.secrets.items())),
        driver=layer.tag if layer else None,
        mounts=(*_mounts(container, mac), *_models(container, mac, models)),
        folders=mac_folders.folders(container, mac),
        tmpfs=container.tmpfs,
        read_only=container.read_only,
        ports=tuple(port(written, container) for written in container.ports),
        network=container.network,
        devices=(*DEVICES[container.gpu], *container.devices),
        kept=() if container.capabilities is None and container.gpu != "none" else container.capabilities,
        new_privileges=container.new_privileges,
        memory=int(container.memory) if container.memory else None,
        health=_check(container.health) if container.health else None,
        restart=container.restart,
        after=container.after,
    )


def port(written: str, container: Container) -> Port:
    """A `ports` entry at the address that its container's `expose` gives it."""
    found = published(addressed(written, container.expose))
    return Port(found.host, found.outer, found.inner, "udp" if found.kind == "udp" else "tcp")


def _environment(container: Container, mac: Mac) -> dict[str, str]:
    environment = dict(container.environment)
    if container.gpu == "venus":
        environment |= {**gpu_path.environment(container.gpu_path), **gpu.environment(container)}
        environment[ACCEPT] = "software" if mac.accept_software_gpu else "apple"
    elif container.gpu == "cuda" and container.image in catalogue.names():
        environment[ACCEPT] = "software" if mac.accept_software_gpu else "nvidia"
    elif container.gpu == "none" and container.image in WITHOUT:
        environment[ACCEPT] = "cpu"
    return environment


def _mounts(container: Container, mac: Mac) -> Iterator[Mount]:
    for volume in container.volumes:
        source, target, *options = mac_folders.here(volume, mac).split(":", 2)
        said = tuple(options[0].split(",")) if options else ()
        yield Mount(source, target, said, of_mac=volume.startswith("~/") and not mac.linux)


def _models(container: Container, mac: Mac, folder: str | None) -> Iterator[Mount]:
    for model in container.models:
        wished = mac.section("models", Models).root.get(model)
        if wished is not None and folder is None:
            yield Mount(wished.place, f"/models/{model}", ("ro", "z"), file=True)
        elif wished is not None:
            yield Mount(f"{folder}/{wished.sha256}", f"/models/{model}", ("ro",), of_mac=True, file=True)


def _check(health: Health) -> Check:
    return Check(
        health.command,
        health.interval.seconds,
        health.timeout.seconds,
        health.retries,
        health.start_period.seconds,
    )
