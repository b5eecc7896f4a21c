"""`matrix`: which of a Mac's container runtimes compute, and on what, as measured now."""

from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.matrix.judging import of_engine, of_failure, of_proof, of_trouble, untried
from carbon_fleet.matrix.look import declared, look_command, runtimes_in, section_in
from carbon_fleet.matrix.runtimes import LIBKRUN, TITLES, Entry, Seen
from carbon_fleet.matrix.trying import image_for, tried, try_command
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import Unproven, answered, check_unit, must_run, prove_command
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.for_macs import for_macs
from carbon_fleet.verbs.talk import Talk
from operations.homebrew import Homebrew
from operations.machine import Machine
from operations.preflight import RESOURCE as PREFLIGHT

FORMAT_VERSION = 1


class Trying:
    """The matrix of one Mac, on its way into its part of the Report."""

    def __init__(self, session: Session, report: MacReport, say: Say) -> None:
        """Nothing is asked yet."""
        self.session, self.report, self.say, self.mac = session, report, say, session.mac
        self.machine = self.mac.section("machine", Machine).name

    def run(self) -> None:
        """One probe, one look, one command for each runtime that is tried."""
        for_macs(
            self.mac, "matrix", "ask it with `carbon-fleet prove`: a Linux host has one runtime, and that shows it"
        )
        world = World(self.mac, self.session.snapshot())
        self.report.snapshot, self.report.guest = world.snapshot.digest, world.snapshot.guest.value
        refusals = [one for one in PREFLIGHT.findings(world) if isinstance(one, Refusal) and one.code == "NOT_A_MAC"]
        if refusals:
            raise Refused(tuple(refusals))
        ran = self.session.ask(look_command(self.mac))
        prefix = str(self.mac.section("homebrew", Homebrew).prefix)
        seen = runtimes_in(section_in(ran.out, "matrix"), self.machine, prefix)
        entries: list[Entry] = []
        self.report.measured["matrix"] = {"format_version": FORMAT_VERSION, "runtimes": []}
        for runtime in TITLES:
            entries.append(self._entry(seen[runtime], world))
            self.report.measured["matrix"]["runtimes"] = [entry.as_dict() for entry in entries]

    def _entry(self, seen: Seen, world: World) -> Entry:
        left = untried(seen, image_for(self.mac), native=declared(self.mac))
        if left is not None:
            return left
        self.say(self.mac.name, seen.runtime, "computing in a container of it")
        try:
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
        return of_proof(seen, proof, software=self.mac.accept_software_gpu)

    def _engine(self, seen: Seen) -> Entry:
        recipe, software = image_for(self.mac), self.mac.accept_software_gpu
        assert recipe is not None, "untried() keeps what has no image"  # noqa: S101
        result = tried(self.session.ask(try_command(seen, recipe, software=software)).out)
        return of_engine(seen, result, recipe, self.machine, software=software)


def matrix(file: Path, chosen: Sequence[str], *, parallel: int, json: bool, quiet: bool) -> Report:
    """Try each runtime of the chosen Macs. A runtime that does not compute is a finding, not a failure of the verb."""
    lab, talk = lab_of(file), Talk(quiet)

    def work(session: Session, report: MacReport) -> None:
        Trying(session, report, talk.say).run()

    return run_verb("matrix", lab, macs_of(lab, chosen), work, parallel, talk, json)
