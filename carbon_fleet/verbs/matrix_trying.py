"""The matrix of one Mac: one look, a try for each runtime, and with `--try` a turn for each that does not run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.matrix.figures import figure_of
from carbon_fleet.matrix.judging import of_engine, of_failure, of_proof, of_trouble, of_turn, untried
from carbon_fleet.matrix.look import declared, look_command, runtimes_in, section_in
from carbon_fleet.matrix.model_runner import model_runner_in
from carbon_fleet.matrix.runtimes import APPLEHV, LIBKRUN, TITLES, Entry, Seen
from carbon_fleet.matrix.starting import stop, turn_command, turned
from carbon_fleet.matrix.trying import image_for, tried, try_command
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import Unproven, answered, check_unit, must_run, prove_command
from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.runs.benched import last_bench
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.snapshot.section import Section
from operations.homebrew import Homebrew
from operations.lima import Lima
from operations.machine import Machine
from operations.preflight import RESOURCE as PREFLIGHT

FORMAT_VERSION = 2


def told_all(report: MacReport, entries: Iterable[Entry], **more: Any) -> None:
    """Put the entries, and what is told beside them, into a Mac's part of the Report."""
    found = [entry.as_dict() for entry in entries]
    report.measured["matrix"] = {"format_version": FORMAT_VERSION, "runtimes": found, **more}


class Trying:
    """The matrix of one Mac, on its way into its part of the Report. `starting`: what does not run is started."""

    def __init__(self, session: Session, report: MacReport, say: Say, *, starting: bool = False) -> None:
        """Nothing is asked yet."""
        self.session, self.report, self.say, self.mac = session, report, say, session.mac
        self.machine, self.starting = self.mac.section("machine", Machine).name, starting
        self.recipe, self.software = image_for(self.mac), self.mac.accept_software_gpu
        self.busy: str | None = None
        self.begun: set[str] = set()
        """What this run began to start, and did not see stopped again."""

    def run(self) -> None:
        """One probe, one look, one command for each runtime that is tried; one more look where any may still run."""
        if self.starting:
            self.session.hold()
        world = World(self.mac, self.session.snapshot())
        self.report.snapshot, self.report.guest = world.snapshot.digest, world.snapshot.guest.value
        refusals = [one for one in PREFLIGHT.findings(world) if isinstance(one, Refusal) and one.code == "NOT_A_MAC"]
        if refusals:
            raise Refused(tuple(refusals))
        section, seen = self._look()
        if self.starting:
            self.busy = next((seen[name].name for name in (APPLEHV, LIBKRUN) if seen[name].running), "")
        bench, entries, runner = last_bench(self.mac.lab, self.mac.name), [], model_runner_in(section)
        for runtime in TITLES:
            entry = self._entry(seen[runtime], world)
            entries.append(replace(entry, figure=figure_of(runtime, *bench)) if bench else entry)
            told_all(self.report, entries, model_runner=runner)
        if self.begun:
            self._as_found(seen)

    def _look(self) -> tuple[Section, dict[str, Seen]]:
        section = section_in(self.session.ask(look_command(self.mac)).out, "matrix")
        prefix, instance = str(self.mac.section("homebrew", Homebrew).prefix), self.mac.section("lima", Lima).instance
        return section, runtimes_in(section, self.machine, prefix, instance)

    def _entry(self, seen: Seen, world: World) -> Entry:
        left = untried(seen, self.recipe, native=declared(self.mac), busy=self.busy)
        if left is not None:
            return left
        try:
            if not seen.running:
                return self._turn(seen)
            self.say(self.mac.name, seen.runtime, "computing in a container of it")
            return self._libkrun(seen, world) if seen.runtime == LIBKRUN else self._engine(seen)
        except (GaveUp, Unreadable) as error:
            return of_trouble(seen, str(error))

    def _libkrun(self, seen: Seen, world: World) -> Entry:
        try:
            unit = check_unit(self.mac)
            must_run(world, unit)
            proof = answered(self.session.ask(prove_command(unit)), unit)
        except Unproven as unproven:
            return of_failure(seen, unproven.failure)
        return of_proof(seen, proof, software=self.software)

    def _engine(self, seen: Seen) -> Entry:
        assert self.recipe is not None, "untried() keeps what has no image"  # noqa: S101
        result = tried(self.session.ask(try_command(seen, self.recipe, software=self.software)).out)
        return of_engine(seen, result, self.recipe, self.machine, software=self.software)

    def _turn(self, seen: Seen) -> Entry:
        """Start, try, stop: one command, so that whatever breaks off, the Mac itself stops what was started."""
        assert self.recipe is not None, "untried() keeps what has no image"  # noqa: S101
        self.say(self.mac.name, seen.runtime, "starting it, computing in a container of it, stopping it")
        self.begun.add(seen.runtime)
        turn = turned(self.session.ask(turn_command(seen, self.recipe, software=self.software)).out)
        if turn.theirs or not turn.left:
            self.begun.discard(seen.runtime)
        return of_turn(seen, turn, self.recipe, self.machine, software=self.software)

    def _as_found(self, before: dict[str, Seen]) -> None:
        """Look once more: what this run started must not run now. What a person started in the meantime may."""
        _, now = self._look()
        for runtime, seen in now.items():
            if runtime in self.begun and seen.running is not False:
                self.report.outcome = Outcome.FAILED
                self.report.failures.append(_left_running(before[runtime]))


def _left_running(seen: Seen) -> Failure:
    what = f"{TITLES[seen.runtime]} did not run before, and was not seen to be stopped again"
    return Failure(
        seen.runtime, "LEFT_RUNNING", what, "a try leaves a Mac as it was found", f"on the Mac: {stop(seen)}"
    )
