"""The commands of Docker Desktop: scripts of `files/docker/`, each with what all of them begin with."""

from collections.abc import Mapping

from carbon_fleet import assets
from carbon_fleet.plan import Command, mac, shell
from carbon_fleet.snapshot.script import deadline_function, script_text
from operations import runtimes
from operations.engines import Engine
from operations.model.on_mac import Store

START_SECONDS = 300
"""A start after an update may take minutes."""
STOP_SECONDS = 120


def script(
    name: str,
    *arguments: str,
    says: str,
    deadline: int = 60,
    stdin: str | None = None,
    codes: Mapping[int, str] | None = None,
) -> Command:
    """`files/docker/NAME.sh`, its first line first: that is the one people see."""
    head, _, rest = assets.text(f"docker/{name}.sh").partition("\n")
    alone = "optional=yes\n" if name == "drop" else ""
    text = f"{head}\n{alone}{deadline_function('within')}{script_text('docker/lib.sh')}{rest}"
    return mac(*shell(text, *arguments), says=says, deadline=deadline, stdin=stdin, codes=codes or {})


def docker(*words: str, says: str = "", deadline: int = 120) -> Command:
    """A command of Docker Desktop's own docker."""
    return script("docker", *words, says=says or f"docker {' '.join(words)}", deadline=deadline)


FOLDER = "~/.config/carbon-fleet/docker"
"""Where each stack's file lies, in a folder of the stack's name, beside what holds its secrets' values."""
_BUILD = ("--file", "Containerfile")
ENGINE = Engine("docker", runtimes.DOCKER, docker, script, FOLDER, "open -a Docker", _BUILD, carries=True)
MODELS = Store("docker", runtimes.DOCKER, ".local/share/carbon-fleet/docker/models")
"""Below the login user's home, which Docker Desktop shows its containers unless somebody took that away."""


def start() -> Command:
    """Start it, and wait until its engine answers."""
    says = "start Docker Desktop"
    return script("start", str(START_SECONDS), says=says, deadline=2 * START_SECONDS + 60)


def stop() -> Command:
    """Stop it, with all its containers."""
    return script("stop", str(STOP_SECONDS), says="stop Docker Desktop", deadline=2 * STOP_SECONDS + 60)
