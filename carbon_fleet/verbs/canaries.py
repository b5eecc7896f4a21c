"""What canaries are chosen by, and what they must pass before others have their turn."""

from collections.abc import Mapping, Sequence

from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.kind import kind_of
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.runs.witness import Witness
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.talk import Talk
from carbon_fleet.verify.runner import verify_macs


def kinds_of(lab: Lab, macs: Sequence[Mac], parallel: int) -> Mapping[str, str]:
    """What kind each Mac is of, by one look; those that could not be looked at are left out."""
    kinds: dict[str, str] = {}

    def work(session: Session, report: MacReport) -> None:
        kinds[report.mac] = kind_of(session.snapshot())

    run_fleet(lab, macs, work, parallel=parallel, done=lambda report: None)
    return {mac.name: kinds[mac.name] for mac in macs if kinds.get(mac.name)}


def verify_canaries(lab: Lab, canaries: Sequence[MacReport], talk: Talk, witness: Witness) -> None:
    """Look at the canaries as `verify` does, and amend their reports; the `witness` hears of their new ends."""
    for report in canaries:
        talk.say(report.mac, "verify", "an independent look, before the others have their turn")
    macs = [lab.mac(report.mac) for report in canaries]
    looked = verify_macs(lab, macs, junitxml=None, done=lambda look: None)
    for report, look in zip(canaries, looked, strict=True):
        report.tests, report.gpu = look.tests, look.gpu
        report.notices += [notice for notice in look.notices if notice.code != "SKIPPED"]
        report.failures += look.failures
        if look.outcome is not Outcome.VERIFIED:
            report.outcome = look.outcome
        talk.verified(report, look.seconds)
        witness.ended(report)
