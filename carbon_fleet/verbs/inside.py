"""What verbs that work on stacks in a running virtual machine begin with."""

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Refusal
from carbon_fleet.report.document import MacReport
from carbon_fleet.snapshot import Guest
from operations import runtimes
from operations.stack import RESOURCE
from operations.stack.seen import StackSeen


def seen_inside(session: Session, report: MacReport) -> StackSeen:
    """The stacks and volumes of the Mac, by one look; raises `Refused` while its machine does not run."""
    if not runtimes.quadlet(session.mac):
        what = f"{session.mac.name} has no Podman machine: its stacks run by `{session.mac.runtime}`"
        why, remedy = "what is asked for is done in such a machine only", "docs/runtimes.md says how it is done there"
        raise Refused((Refusal("machine", "NO_MACHINE", what, why, remedy),))
    snapshot = session.snapshot()
    report.snapshot, report.guest = snapshot.digest, snapshot.guest.value
    if snapshot.guest in (Guest.ABSENT, Guest.STOPPED):
        what = f"the virtual machine of {session.mac.name} is {snapshot.guest.value}"
        remedy = "run carbon-fleet apply, which starts it, and try again"
        raise Refused((Refusal("machine", snapshot.guest.code, what, "what is asked for is in it", remedy),))
    return RESOURCE.observe(snapshot)
