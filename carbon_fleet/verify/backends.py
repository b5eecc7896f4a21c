"""testinfra backends that share one `Look`: `carbon-mac://MAC`, `carbon-vm://MAC`, `carbon-container://MAC+CONTAINER`.

testinfra makes a backend of a host spec's text alone, so the Looks stand in a table by their Mac's name.
"""

from typing import Any

from testinfra.backend import BACKENDS
from testinfra.backend.base import BaseBackend, CommandResult

from carbon_fleet.verify.connection import Ran
from carbon_fleet.verify.look import Look

SECONDS = 20
"""A command's deadline unless it asks for another: `host.run("…", deadline=90)`."""
LOOKS: dict[str, Look] = {}
"""The Macs being looked at now, by name."""


class MacBackend(BaseBackend):  # type: ignore[misc]
    """The Mac itself, as its login user, with Homebrew on PATH."""

    NAME = "carbon-mac"

    def __init__(self, hostspec: str, *args: Any, **kwargs: Any) -> None:
        """`hostspec` is a Mac's name, `MAC+CONTAINER` for a container."""
        self.mac, _, self.container = hostspec.partition("+")
        super().__init__(hostspec, *args, **kwargs)

    @property
    def encoding(self) -> str:
        """UTF-8: testinfra would start a Python on the other side to ask."""
        return "utf-8"

    def run(self, command: str, *args: str, deadline: int = SECONDS, **_: Any) -> CommandResult:
        """Run a command, its `%s` filled with the quoted `args`; `deadline` is in seconds."""
        line = self.get_command(command, *args)
        ran = self.execute(LOOKS[self.mac], line, deadline)
        return self.result(ran.status, line.encode(), ran.out, ran.err)

    def execute(self, look: Look, line: str, deadline: int) -> Ran:
        """Run a line of shell where this backend is."""
        return look.on_mac(line, deadline)


class GuestBackend(MacBackend):
    """The Mac's virtual machine, as root."""

    NAME = "carbon-vm"

    def execute(self, look: Look, line: str, deadline: int) -> Ran:
        """See `MacBackend`."""
        return look.in_guest(line, deadline)


class ContainerBackend(MacBackend):
    """A container in the virtual machine, as the user it runs as."""

    NAME = "carbon-container"

    def execute(self, look: Look, line: str, deadline: int) -> Ran:
        """See `MacBackend`."""
        return look.in_container(line, deadline, self.container)


def register() -> None:
    """Make the three kinds of host known to testinfra, which has no entry point for it."""
    for backend in (MacBackend, GuestBackend, ContainerBackend):
        BACKENDS[backend.NAME] = f"{__name__}.{backend.__name__}"
