"""Folders of the Mac's login user in a container: `~/work:/work`.

A Podman machine shows the Mac's /Users under the same name, labelled so that containers may read and write it (podman
pull request 21297). macOS has the home of NAME at /Users/NAME, Linux at /home/NAME (useradd's own; root's is /root).
"""

from collections.abc import Iterator

from carbon_fleet.spec import Mac, Problem
from operations.machine.wish import Machine
from operations.stack.container import Container


def here(volume: str, mac: Mac) -> str:
    """The volume with the home it means."""
    return f"{_home(mac)}{volume[1:]}" if volume.startswith("~/") else volume


def _home(mac: Mac) -> str:
    if not mac.linux:
        return f"/Users/{mac.user or 'Shared'}"
    return "/root" if mac.user == "root" else f"/home/{mac.user}"


def folders(container: Container, mac: Mac) -> tuple[str, ...]:
    """The folders of the Mac it shows; what is not there yet has to be made before podman can mount it."""
    wished = (here(volume, mac) for volume in container.volumes if volume.startswith("~/"))
    return tuple(dict.fromkeys(volume.partition(":")[0] for volume in wished))


def problems(container: Container, mac: Mac, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """A home nobody knows, or one that the machine does not show."""
    shown = folders(container, mac)
    if shown and mac.user is None:
        why = "`~` is the login user's home"
        yield Problem(path, "nobody says whose folder this is", why, "write `user: NAME` for this Mac, or a whole path")
    if mac.linux:
        return
    machine = mac.sections.get("machine")
    volumes = machine.volumes if isinstance(machine, Machine) else ("/Users:/Users",)
    for folder in shown:
        if not any(_shows(volume, folder) for volume in volumes):
            what = f"the machine does not show `{folder}`"
            why = "its `volumes` leave that folder of the Mac out"
            yield Problem(path, what, why, "write `/Users:/Users` among `machine.volumes`")


def _shows(volume: str, folder: str) -> bool:
    source, target, *_ = volume.split(":")
    return source == target and f"{folder}/".startswith(f"{source.rstrip('/')}/")
