"""The proof of a Mac's Python environments: a job in each, computed once more here."""

import secrets

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import Unproven, check_unit
from carbon_fleet.prove.asking_metal import answered, asked_of, failure, job_command, must_stand, software
from carbon_fleet.prove.baseline import UNKNOWN
from carbon_fleet.prove.metal import Kind, against, as_dict, question
from carbon_fleet.prove.stack import chip_of
from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.spec import Mac
from operations.preflight import RESOURCE as PREFLIGHT


def alone(mac: Mac) -> bool:
    """Whether a Mac has environments to prove and no container that would."""
    try:
        check_unit(mac)
    except Unproven:
        return bool(asked_of(mac))
    return False


class MetalProving:
    """The proof of one Mac's environments, on its way into its part of the Report. Figures have no baseline."""

    def __init__(self, session: Session, report: MacReport, say: Say) -> None:
        """Nothing is asked yet."""
        self.session, self.report, self.say = session, report, say

    def run(self) -> None:
        """Ask every environment; each that cannot be proven is a failure of its own."""
        world = self._look()
        proofs = self.report.measured["environments"] = []
        for name, kind in asked_of(self.session.mac).items():
            try:
                proofs.append(self._prove(world, name, kind))
            except Unproven as unproven:
                self._fail(unproven.failure)
        if not self.report.failures:
            self.report.outcome = Outcome.VERIFIED
        if self.report.gpu is None and proofs:
            self.report.gpu = ", ".join(dict.fromkeys(proof["device"] for proof in proofs))

    def _look(self) -> World:
        snapshot = self.session.snapshot()
        world = World(self.session.mac, snapshot)
        self.report.snapshot, self.report.guest = snapshot.digest, snapshot.guest.value
        refusals = [one for one in PREFLIGHT.findings(world) if isinstance(one, Refusal) and one.code == "NOT_A_MAC"]
        if refusals:
            raise Refused(tuple(refusals))
        return world

    def _prove(self, world: World, name: str, kind: Kind) -> dict[str, object]:
        must_stand(world, name)
        lenient = self.session.mac.accept_software_gpu
        self.say(self.report.mac, "gpu", f"computing in {name}")
        asked = question(kind, secrets.randbits(32), software=lenient)
        answer = answered(self.session.ask(job_command(name, asked)), name)
        chip = chip_of(world)
        found = tuple(against(answer, asked, accept_software=lenient, chip="" if chip == UNKNOWN else chip))
        self._fail(*(failure(name, code, what) for code, what in found))
        if answer.software and not found:
            self.report.notices.append(software(name, answer))
        return as_dict(name, answer, not found)

    def _fail(self, *failures: Failure) -> None:
        if failures:
            self.report.outcome = Outcome.VERIFY_FAILED
            self.report.failures += failures
