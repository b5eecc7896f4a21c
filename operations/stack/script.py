"""Scripts of ours that start an image: what it was published with is mended before its own program runs.

The script's text stands in the unit, so that another text is another unit, and goes back with it.
"""

from collections.abc import Iterator

from carbon_fleet import assets
from carbon_fleet.spec import Problem
from operations._definitions import unknown
from operations.stack.container import Container


def names() -> tuple[str, ...]:
    """The scripts there are: `files/stacks/NAME.sh`."""
    return assets.names("stacks", ".sh")


def words(name: str) -> tuple[str, ...]:
    """The program of a container that starts with the script `name`: the image's sh, and the text as its argument."""
    return ("/bin/sh", "-c", assets.text(f"stacks/{name}.sh"), name)


def problems(container: Container, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """A script there is not, and two programs for one container."""
    if container.start and container.start not in names():
        yield unknown("start script", container.start, names(), path)
    if container.start and container.entrypoint:
        yield Problem(path, "the container has two programs", "`entrypoint` is one, too", "leave one of them out")
