"""The programs that the stacks of a Mac have launchd run: each with its property list, and how it is asked."""

import shlex
from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew.wish import short
from operations.native.wish import Natively
from operations.native.workload import home, programs, workload
from operations.render import launchd
from operations.render.workload import Workload
from operations.stack.quadlet import started_in_order
from operations.stack.wish import Container

ASK_SECONDS = 45
"""The longest a look waits for one answer to «does it work»."""


@dataclass(frozen=True)
class Job:
    """One wished program. `home` is the login user's."""

    container: Container
    workload: Workload
    home: str
    program: str
    log_bytes: int

    @property
    def name(self) -> str:
        """Its name among all of the Mac, that of the container it would be."""
        return self.workload.container

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return address(self.workload.stack, self.workload.name)

    @property
    def label(self) -> str:
        """What launchd calls it."""
        return launchd.label(self.name)

    @property
    def text(self) -> str:
        """Its property list."""
        return launchd.plist(self.workload, self.home, self.log_bytes)

    @property
    def definition(self) -> str:
        """The digest of all that says."""
        return launchd.definition(self.workload, self.home, self.log_bytes)

    @property
    def running(self) -> str:
        """What its process notes of itself, when it was started as that says."""
        return launchd.running(self.workload, self.home, self.log_bytes)

    @property
    def bringer(self) -> str:
        """What its program comes from: `formula:NAME`, `environment:NAME`."""
        said = self.container.native
        if said is None or said.formula is None:
            return f"environment:{said.environment if said else ''}"
        return f"formula:{short(said.formula)}"

    @property
    def log(self) -> str:
        """Where what it says is kept."""
        return launchd.log(self.name)

    @property
    def asked(self) -> str:
        """The script (sh) that succeeds while it works; empty where running is all that can be said of it."""
        if self.workload.health is None:
            return ""
        variables = launchd.environment(self.workload, self.home)
        said = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
        return said + launchd.asked(self.workload, self.home)

    @property
    def patience(self) -> int:
        """Seconds that one answer may take."""
        return min(self.workload.health.timeout, ASK_SECONDS) if self.workload.health else ASK_SECONDS

    @property
    def volumes(self) -> tuple[str, ...]:
        """Its named volumes: `STACK/VOLUME`."""
        return tuple(f"{self.workload.stack}/{mount.source}" for mount in self.workload.mounts if mount.named)


def address(stack: str, name: str) -> str:
    """The address of a program's Changes."""
    return f"native.stack.{stack}.{name}"


def path(name: str) -> str:
    """Where the property list of a program lies."""
    return f"~/Library/LaunchAgents/{launchd.label(name)}.plist"


def jobs(mac: Mac) -> tuple[Job, ...]:
    """Every wished program, each after the ones it starts after."""
    size = int(mac.section("native", Natively).log)
    return tuple(
        _job(stack.name, name, members[name], mac, size)
        for stack in runtimes.stacks_on(mac, runtimes.NATIVE).all()
        for members in (stack.members(),)
        for name in started_in_order(members)
        if members[name].native is not None and mac.user is not None
    )


def _job(stack: str, name: str, container: Container, mac: Mac, size: int) -> Job:
    made, where = workload(stack, name, container, mac), home(mac)
    folder = programs(container.native, mac) if container.native else ""
    first = made.program[0]
    program = folder.replace("{home}", where) if first == "/bin/sh" else first.replace("{home}", where)
    return Job(container, made, where, program, size)
