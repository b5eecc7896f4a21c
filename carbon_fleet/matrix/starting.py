"""How a runtime that does not run has its turn: started, tried, and stopped again by one script on the Mac; pure.

Sources: docs.docker.com, «docker desktop start» and «stop»; Apple's container, `SystemStart.swift` (without
`--disable-kernel-install` it asks whether to install a kernel); Lima's `limactl start --tty=false`; Colima's
`cmd/start.go` (`--activate=false`: it is not made docker's current context, `--save-config=false`: its settings stay).
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carbon_fleet import assets
from carbon_fleet.matrix.look import script, section_in
from carbon_fleet.matrix.runtimes import APPLE, APPLEHV, COLIMA, DOCKER, LIBKRUN, LIMA, Seen
from carbon_fleet.matrix.trying import Tried, around, tried_in, variables_for
from carbon_fleet.plan import Command, mac, shell
from carbon_fleet.snapshot.section import DEADLINE_PASSED, Section
from operations.image.recipe import Recipe
from operations.machine.commands import run as machine_script

START_SECONDS, STOP_SECONDS = 300, 150
RUNS_SECONDS = 45
"""What a look at one runtime may take (`cf_runs` of files/matrix/turn.sh)."""
_SLACK = 180
"""What cleaning up after a start that failed may take."""
ORDER = (DOCKER, APPLEHV, LIBKRUN, LIMA, COLIMA, APPLE)
"""The runtimes that can be started, in turn; each is stopped before the next."""


@dataclass(frozen=True)
class Turn:
    """How a turn went: `seconds` from the start to an engine that answers (None: it did not start, `said` is why).

    `tried` is the try between, `left` why it could not be stopped again (empty: it was). `theirs`: a person started it
    after the look, so that it was neither started nor stopped.
    """

    seconds: float | None = None
    said: str = ""
    tried: Tried | None = None
    left: str = ""
    theirs: bool = False


def startable(seen: Seen) -> bool:
    """Whether a turn can be had: it is there, known to be stopped, and no person's consent is missing."""
    return seen.runtime in ORDER and seen.present and seen.running is False and not seen.barred and bool(seen.cli)


def turn_command(seen: Seen, recipe: Recipe, *, software: bool) -> Command:
    """The one command of a turn. `software` is the lab's `accept_software_gpu`."""
    start, stop = (_line(argv) for argv in _WAYS[seen.runtime](seen))
    begin, end = START_SECONDS + _SLACK, STOP_SECONDS + 60
    variables, environment = variables_for(seen, recipe, software=software)
    variables |= {"CF_START": start, "CF_STOP": stop, "CF_START_SECONDS": str(begin), "CF_STOP_SECONDS": str(end)}
    variables["CF_RUNS"] = _line(_runs(seen))
    text = script("turn", ("matrix/try.sh", "matrix/turn.sh"), variables)
    says = f"start {seen.runtime}, prove in a container of it, and stop it"
    return mac(
        "/bin/sh", "-s", stdin=text, env=environment, deadline=begin + around() + end + 2 * RUNS_SECONDS, says=says
    )


def turned(lines: tuple[str, ...]) -> Turn:
    """What a turn's answer says. Raises `Unreadable` when it is not whole."""
    section = section_in(lines, "turn")
    if theirs := section.get("theirs"):
        unknown = "whether it still does not run could not be told: it was not started"
        return Turn(theirs=True, tried=tried_in(section)) if theirs == "yes" else Turn(theirs=True, said=unknown)
    milliseconds, stop = section.get("milliseconds"), section.block("stop")
    left = "" if stop.status == 0 else _why(section, "stop")
    if section.get("still") and not left:
        left = "it ran on after its stop"
    if milliseconds is None:
        return Turn(said=_why(section, "start"), left=left)
    return Turn(int(milliseconds) / 1000, tried=tried_in(section), left=left)


def _why(section: Section, name: str) -> str:
    block = section.block(name)
    if block.status == DEADLINE_PASSED:
        return "no end within its deadline"
    said = (line.strip()[:300] for line in (*reversed(block.err), *reversed(block.out)) if line.strip())
    return next(said, f"it ended with status {block.status}")


def stop(seen: Seen) -> str:
    """The command, on the Mac, that stops a runtime."""
    if seen.runtime in (APPLEHV, LIBKRUN):
        provider = seen.runtime.removeprefix("podman-")
        return f"`CONTAINERS_MACHINE_PROVIDER={provider} podman machine stop {seen.name}`"
    return {
        DOCKER: "`docker desktop stop`",
        LIMA: f"`limactl stop {seen.name}`",
        COLIMA: f"`colima stop --profile {seen.name}`",
        APPLE: "`container system stop`",
    }[seen.runtime]


Ways = tuple[tuple[str, ...], tuple[str, ...]]


def _machine(seen: Seen) -> Ways:
    """podman's own start and stop, with the cleaning up around them that `apply` has."""
    provider = seen.runtime.removeprefix("podman-")

    def way(name: str, seconds: int) -> tuple[str, ...]:
        arguments = (seen.name, str(seconds), "podman", "machine", name, seen.name)
        made = machine_script(name, arguments, seconds, "", provider)
        return ("env", *(f"{key}={value}" for key, value in made.env.items()), *made.argv)

    return way("start", START_SECONDS), way("stop", STOP_SECONDS)


def _docker(seen: Seen) -> Ways:
    text, socket = assets.text("matrix/docker.sh"), seen.server.removeprefix("unix://")
    start = shell(text, "start", seen.cli, socket, str(START_SECONDS))
    return start, shell(text, "stop", seen.cli, socket, str(STOP_SECONDS))


def _runs(seen: Seen) -> tuple[str, ...]:
    return shell(assets.text("matrix/runs.sh"), seen.runtime, seen.cli, seen.name, seen.server.removeprefix("unix://"))


def _apple(seen: Seen) -> Ways:
    return (seen.cli, "system", "start", "--disable-kernel-install"), (seen.cli, "system", "stop")


def _lima(seen: Seen) -> Ways:
    return (seen.cli, "start", "--tty=false", seen.name), (seen.cli, "stop", seen.name)


def _colima(seen: Seen) -> Ways:
    start = (seen.cli, "start", "--profile", seen.name, "--activate=false", "--save-config=false")
    return start, (seen.cli, "stop", "--profile", seen.name)


_WAYS: Mapping[str, Callable[[Seen], Ways]] = {
    DOCKER: _docker,
    APPLEHV: _machine,
    LIBKRUN: _machine,
    LIMA: _lima,
    COLIMA: _colima,
    APPLE: _apple,
}


def _line(argv: tuple[str, ...]) -> str:
    return shlex.join(argv)
