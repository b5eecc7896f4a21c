"""The commands that bring Pythons and make environments: scripts of `files/environment/` over uv."""

from carbon_fleet import assets
from carbon_fleet.plan import Command, mac, shell
from carbon_fleet.snapshot.script import script_text
from operations.environment.wish import Environment, Lock

MAKE_SECONDS = 3600
"""PyTorch and all with it are half a gigabyte to fetch."""
PYTHON_SECONDS = 900
CODES = {
    81: "ENVIRONMENT_NO_INDEX",
    82: "ENVIRONMENT_WRONG_HASH",
    83: "ENVIRONMENT_NO_WHEEL",
    84: "ENVIRONMENT_NO_ROOM",
    85: "ENVIRONMENT_NO_PYTHON",
    86: "ENVIRONMENT_LOGIN",
    87: "ENVIRONMENT_NO_UV",
}
"""Exit statuses of the scripts that mean something by themselves."""


def _script(name: str, *arguments: str, says: str, deadline: int, stdin: str | None = None) -> Command:
    """`files/environment/NAME.sh`, its first line first: that is the one people see."""
    head, _, rest = assets.text(f"environment/{name}.sh").partition("\n")
    text = f"{head}\n{script_text('environment/lib.sh')}{rest}"
    return mac(*shell(text, *arguments), says=says, deadline=deadline, stdin=stdin, codes=CODES)


def python(wanted: Environment) -> Command:
    """Have uv bring the Python; one that is there stays as it is."""
    version = wanted.python or ""
    says = f"have uv bring Python {version}"
    return _script("python", version, wanted.python_mirror or "", says=says, deadline=PYTHON_SECONDS)


def make(name: str, slot: str, wanted: Environment, lock: Lock) -> Command:
    """Make the environment in its slot, and put it into its place once it is whole."""
    index = wanted.index
    login = (index.user or "", index.password or "") if index else ("", "")
    words = (name, slot, wanted.python or "", lock.sha256, str(int(wanted.room) >> 10), index.url if index else "")
    says = f"make the environment {name}"
    return _script("make", *words, *login, says=says, deadline=MAKE_SECONDS, stdin=lock.content)


def run(name: str, program: str, *words: str, says: str, deadline: int) -> Command:
    """Run a Python program in an environment."""
    return _script("run", name, program, *words, says=says, deadline=deadline)


def drop(*slots: str, says: str) -> Command:
    """Remove slots and, where it leads to one of them, the link."""
    return _script("drop", *slots, says=says, deadline=600)


def drop_python(folder: str) -> Command:
    """Remove a Python that no environment stands on any more."""
    return _script("drop-python", folder, says=f"remove {folder}", deadline=600)
