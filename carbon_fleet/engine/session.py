"""One connected Mac: its probe, its commands, and the record of both."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from carbon_fleet.connectors.ran import GaveUp, Hear, Ran, Stream, Transport
from carbon_fleet.engine.build_steps import BuildSteps
from carbon_fleet.engine.mac_lock import MacLock
from carbon_fleet.plan import Command, render
from carbon_fleet.plan.found import Found
from carbon_fleet.plan.registry import probe_for
from carbon_fleet.report.document import Result
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.runs.witness import NOBODY, Witness
from carbon_fleet.snapshot import Hop, Snapshot, Unreadable, read_snapshot
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac
from operations.homebrew import Homebrew

PROBE_SECONDS = 120.0
"""All of a probe's own deadlines add up to less: longer than this and the Mac, or the way to it, hangs."""
ASKED_SECONDS = 60.0
"""What questions that no resource has may take beyond that."""
NETWORK_GRACE = 45.0
TAIL = 20


class CommandFailed(Exception):
    """A command ended with a status other than 0; the Result says all."""

    def __init__(self, result: Result, code: str = "COMMAND_FAILED") -> None:
        """Keep the Result and the Failure's `code`; the message is its command, status and last line.

        Of a command that has a code for this status, the last line alone.
        """
        self.result, self.code = result, code
        last = next((line for line in reversed(result.tail) if line.strip()), "no output")
        said = f"`{result.command}` ended with status {result.status}: {last}"
        super().__init__(last if code != "COMMAND_FAILED" else said)


@dataclass
class Session:
    """What is done to one Mac in one run. `execs` counts every remote execution, `results` every command."""

    mac: Mac
    transport: Transport
    timing: bool = False
    again: Callable[[], None] | None = None
    """Connects once more; raises pyinfra's `ConnectError`."""
    witness: Witness = NOBODY
    stopping: Callable[[], bool] = lambda: False
    """Whether the run was told to stop: then no further Change of this Mac begins."""
    lock: MacLock | None = None
    """This Mac's lock; None in a run that changes nothing."""
    lab_lock: str | None = None
    """The digest of the lab's lock file; None where it has none."""
    journal: Found | None = None
    """What was there before, as this run has noted it; None while it has not."""
    asked: tuple[Question, ...] = ()
    """What each look asks besides what the resources ask."""
    execs: int = 0
    results: list[Result] = field(default_factory=list)
    probes: int = 0
    _snapshot: Snapshot | None = None
    _looked: float = 0.0

    def snapshot(self) -> Snapshot:
        """The Mac as the last probe saw it, probing (one exec) when none is kept. Raises `Unreadable` or `GaveUp`."""
        if self._snapshot is None:
            self._looked = time.monotonic()
            self.probes += 1
            script = probe_for(self.mac, timing=self.timing, more=self.asked)
            ran = self._execute("/bin/sh -s", script, PROBE_SECONDS + (ASKED_SECONDS if self.asked else 0))
            self._snapshot = _read(self.mac, ran)
        return self._snapshot

    @property
    def seen(self) -> Snapshot | None:
        """The Snapshot that is kept; None where there is none."""
        return self._snapshot

    def raw(self) -> tuple[str, ...]:
        """The lines one new probe answers, unparsed."""
        return self._execute("/bin/sh -s", probe_for(self.mac, timing=self.timing), PROBE_SECONDS).out

    def hold(self) -> bool:
        """Hold the Mac's lock until `let_go`. True when what was seen may be old; it is forgotten then.

        Raises `Refused` when somebody else is changing this Mac, and `GaveUp`.
        """
        old = self.lock is not None and self.lock.hold(self._looked)
        if old:
            self.forget()
        return old

    def let_go(self) -> None:
        """Let others have the Mac's lock."""
        if self.lock is not None:
            self.lock.let_go()

    def forget(self) -> None:
        """Drop the Snapshot: the next look probes again."""
        self._snapshot = None

    def run(self, address: str, command: Command) -> Result:
        """Run one command of the Change at `address`; raises `CommandFailed` or `GaveUp`."""
        began, tell = time.monotonic(), partial(self.witness.part, self.mac.name, address)
        line = line_for(command, self.hop(), self.mac)
        try:
            ran = self._execute(line, command.stdin, command.deadline + NETWORK_GRACE, BuildSteps(tell))
        except GaveUp as error:
            raise GaveUp(f"`{command}` ({address}): {error}") from error
        tail = HIDDEN.of((*ran.out, *ran.err)[-TAIL:])
        result = Result(address, HIDDEN.text(str(command)), ran.status, round(time.monotonic() - began, 3), tail)
        self._keep(result)
        if ran.status != 0:
            raise CommandFailed(result, command.codes.get(ran.status, "COMMAND_FAILED"))
        return result

    def ask(self, command: Command) -> Ran:
        """Run one command that only looks, and hand back all it said, whatever its status. Raises `GaveUp`.

        One in the virtual machine needs a Snapshot: it knows the way in.
        """
        return self._execute(line_for(command, self.hop(), self.mac), command.stdin, command.deadline + NETWORK_GRACE)

    def open(self, command: Command) -> Stream:
        """Start one command whose bytes go in and out as they come; its `stdin` is not sent. Raises `GaveUp`."""
        self.execs += 1
        line = line_for(command, self.hop(), self.mac)
        return self.transport.open(f"exec /bin/sh -c {shlex.quote(line)}")

    def mend(self) -> None:
        """Connect once more where the connection is lost."""
        if self.again is not None and not self.transport.alive():
            self.again()
            if self.lock is not None:
                self.lock.keep()

    def count_as_one(self, since: int, result: Result) -> None:
        """Let all executions after the first `since` be one command in the record: `result`."""
        self.execs = since + 1
        self._keep(result)

    def hop(self) -> Hop | None:
        """The way into the VM as the kept Snapshot knows it."""
        return self._snapshot.hop if self._snapshot else None

    def _keep(self, result: Result) -> None:
        self.results.append(result)
        self.witness.command(self.mac.name, result)

    def _execute(self, line: str, stdin: str | None, seconds: float, hear: Hear | None = None) -> Ran:
        self.execs += 1
        # exec: with the login shell gone, a command's deadline program sees at once that the connection broke.
        return self.transport.execute(f"exec /bin/sh -c {shlex.quote(line)}", stdin, seconds, hear)


def line_for(command: Command, hop: Hop | None, mac: Mac) -> str:
    """The shell line of a command on this Mac; `GaveUp` when it is for a VM that cannot be entered."""
    try:
        return render(command, hop, str(mac.section("homebrew", Homebrew).prefix))
    except ValueError as error:
        raise GaveUp(str(error)) from error


def _read(mac: Mac, ran: Ran) -> Snapshot:
    try:
        return read_snapshot(mac.name, ran.out)
    except Unreadable as unreadable:
        raise Unreadable(unreadable.what, ran.status, "\n".join(ran.err)) from unreadable
