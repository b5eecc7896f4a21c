"""The proof of one Mac, from the first look to the comparison with its baseline."""

import json
from pathlib import Path

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import Unproven, answered, check_unit, must_run, prove_command
from carbon_fleet.prove.baseline import BadBaseline, Baseline, place, read_baseline, write_baseline
from carbon_fleet.prove.comparison import Comparison, compare, regressed, replaced
from carbon_fleet.prove.document import Proof
from carbon_fleet.prove.figures import Figures, figures_of
from carbon_fleet.prove.jobs import right
from carbon_fleet.prove.judge import is_software, judge
from carbon_fleet.prove.stack import chip_of, versions_of
from carbon_fleet.report.document import Failure, MacReport, Outcome
from operations.preflight import RESOURCE as PREFLIGHT
from operations.stack.quadlet import Unit

FORMAT_VERSION = 1


class Proving:
    """The proof of one Mac, on its way into its part of the Report."""

    def __init__(self, session: Session, report: MacReport, say: Say, rebase: bool) -> None:
        """Nothing is asked yet."""
        self.session, self.report, self.say, self.rebase = session, report, say, rebase

    def run(self) -> None:
        """Ask once, twice when it looks slower; every end is an outcome of this Mac."""
        try:
            unit = self._unit()
            world = self._look()
            self._ready(world, unit)
            proof = self._measure(world, unit)
            if proof is not None:
                self._settle(world, unit, proof)
        except Unproven as unproven:
            self._fail(Outcome.VERIFY_FAILED, unproven.failure)
        except BadBaseline as error:
            self._fail(Outcome.VERIFY_FAILED, _bad(str(error)))

    def _unit(self) -> Unit | None:
        """The container that proves, where it is one of a stack."""
        return check_unit(self.session.mac)

    def _ready(self, world: World, unit: Unit | None) -> None:
        """Raise `Unproven` or `Refused` where nothing can be asked."""
        if unit is not None:
            must_run(world, unit)

    def _answer(self, unit: Unit | None) -> Proof:
        """Ask once. Raises `Unproven` where there is no document."""
        assert unit is not None, "a stack's container proves"  # noqa: S101
        return answered(self.session.ask(prove_command(unit)), unit)

    def _fail(self, outcome: Outcome, *failures: Failure) -> None:
        self.report.outcome = outcome
        self.report.failures += failures

    def _look(self) -> World:
        """One probe; what is no Mac is refused as everywhere."""
        snapshot = self.session.snapshot()
        world = World(self.session.mac, snapshot)
        self.report.snapshot, self.report.guest = snapshot.digest, snapshot.guest.value
        self.report.measured["prove"] = {"format_version": FORMAT_VERSION, "accepted": False, "chip": chip_of(world)}
        refusals = [one for one in PREFLIGHT.findings(world) if isinstance(one, Refusal) and one.code == "NOT_A_MAC"]
        if refusals:
            raise Refused(tuple(refusals))
        return world

    def _measure(self, world: World, unit: Unit | None) -> Proof | None:
        """One proof, judged; None when something stands against it."""
        self.say(self.report.mac, "gpu", "measuring in the container")
        proof = self._answer(unit)
        judgement = judge(proof, accept_software=self.session.mac.accept_software_gpu)
        self.report.gpu = proof.device.name if proof.device else None
        self.report.notices = list(judgement.notices)
        self._record(world, unit, proof, judgement.accepted)
        if not judgement.accepted:
            self._fail(Outcome.VERIFY_FAILED, *judgement.failures)
        return proof if judgement.accepted else None

    def _record(self, world: World, unit: Unit | None, proof: Proof, accepted: bool) -> None:
        figures = figures_of(proof)
        self.report.measured["prove"] |= {
            "accepted": accepted,
            "software": is_software(proof),
            "modelled": proof.modelled,
            "device": proof.device.name if proof.device else None,
            "through": proof.through,
            "jobs": {"ok": sum(right(job) for job in proof.jobs), "all": len(proof.jobs)},
            "figures": figures.model_dump() if figures else None,
            "versions": versions_of(world, unit, proof),
            "baseline": None,
            "drift": None,
            "proof": json.loads(proof.model_dump_json()),
        }

    def _settle(self, world: World, unit: Unit | None, proof: Proof) -> None:
        """Compare with the baseline; what looks slower is measured again before anybody hears of it."""
        path = place(self.session.mac.lab, self.session.mac.name)
        before = self._kept(path)
        comparison = self._compared(world, unit, proof, before)
        if comparison.slower:
            self.say(self.report.mac, "gpu", "slower than its baseline: measuring again")
            again = self._measure(world, unit)
            if again is None:
                return
            best = comparison.now.figures.best(_must(figures_of(again)))
            comparison = self._compared(world, unit, again, before, best)
        if comparison.keeps:
            write_baseline(path, comparison.now)
        self._tell(comparison)

    def _kept(self, path: Path) -> Baseline | None:
        try:
            return read_baseline(path)
        except BadBaseline:
            if self.rebase:  # what cannot be read is what the person asked to replace
                return None
            raise

    def _compared(
        self, world: World, unit: Unit | None, proof: Proof, before: Baseline | None, best: Figures | None = None
    ) -> Comparison:
        now = Baseline(
            measured_at=proof.measured_at,
            chip=chip_of(world),
            device=proof.device.name if proof.device else "",
            through=proof.through or "",
            versions=versions_of(world, unit, proof),
            figures=best or _must(figures_of(proof)),
        )
        return compare(now, before, rebase=self.rebase, software=is_software(proof))

    def _tell(self, comparison: Comparison) -> None:
        measured = self.report.measured["prove"]
        measured |= {"figures": comparison.now.figures.model_dump(), "baseline": comparison.as_dict()}
        measured["drift"] = comparison.drift()
        notice, failure = replaced(comparison), regressed(comparison)
        self.report.notices += [notice] if notice else []
        self.report.outcome = Outcome.VERIFIED
        if failure:
            self._fail(Outcome.DRIFTED, failure)


def _must(figures: Figures | None) -> Figures:
    if figures is None:
        raise AssertionError("an accepted proof has figures")
    return figures


def _bad(what: str) -> Failure:
    why = "the proof itself was accepted; whether this Mac became slower is not known"
    remedy = "mend or remove this file, or take a new baseline: `carbon-fleet prove LAB MAC --rebase`"
    return Failure("gpu", "BASELINE_UNREADABLE", what, why, remedy)
