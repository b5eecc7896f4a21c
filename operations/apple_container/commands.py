"""The commands of Apple's `container`: scripts of `files/apple-container/`, each with what all of them begin with."""

from carbon_fleet import assets
from carbon_fleet.plan import Command, mac, shell
from carbon_fleet.snapshot.script import script_text
from operations import runtimes
from operations.engines import Engine
from operations.render.workload import STACK_LABEL

STOP_SECONDS = 180
"""It gives its containers their time, then waits for all of them."""


_OF_JOBS = frozenset({"up", "remove"})
"""The scripts that speak with launchd."""
_ALONE = frozenset({"drop", "remove"})
"""Those of use where the tool itself is gone, too."""
FOLDER = "~/.config/carbon-fleet/apple-container"
"""Where each stack's file lies, in a folder of the stack's name, beside what holds its secrets' values."""


def text(name: str) -> str:
    """`files/apple-container/NAME.sh`, its first line first: that is the one people see."""
    head, _, rest = assets.text(f"apple-container/{name}.sh").partition("\n")
    agent = script_text("apple-container/agent.sh") if name in _OF_JOBS else ""
    alone = "optional=yes\n" if name in _ALONE else ""
    return f"{head}\n{alone}{script_text('apple-container/lib.sh')}{agent}{rest}"


def script(name: str, *arguments: str, says: str, deadline: int = 60, stdin: str | None = None) -> Command:
    """The command that runs a script over `arguments`."""
    return mac(*shell(text(name), *arguments), says=says, deadline=deadline, stdin=stdin)


def container(*words: str, says: str = "", deadline: int = 120) -> Command:
    """A command of `container` itself."""
    return script("container", *words, says=says or f"container {' '.join(words)}", deadline=deadline)


ENGINE = Engine("apple_container", runtimes.APPLE, container, script, FOLDER, "container system start")


def volume(name: str, stack: str) -> Command:
    """Makes one where it is missing: the tool refuses to make one that is there."""
    return script("volume", name, f"{STACK_LABEL}={stack}", says=f"make the volume {name}", deadline=120)
