"""How a Mac is asked for its proof: which container, in what state, by which command, and what its answer is."""

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Command, World, guest
from carbon_fleet.prove.deadline import VARIABLE, patience, seconds_of
from carbon_fleet.prove.document import Foreign, Proof, read_proof
from carbon_fleet.report.document import Failure
from carbon_fleet.snapshot import Guest, Unreadable
from carbon_fleet.snapshot.section import DEADLINE_PASSED
from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import LINUX, with_gpu
from operations import runtimes
from operations.stack import RESOURCE as STACK
from operations.stack.quadlet import Unit, units
from operations.stack.wish import Stacks

CHECK_IMAGE = "vulkan-check"
APPLY = "`carbon-fleet apply LAB`, then prove again"
WHY = "without a proof, that containers compute on this Mac's GPU is only a label"


class Unproven(Exception):
    """There is no document to judge."""

    def __init__(self, code: str, what: str, remedy: str) -> None:
        """Keep the failure."""
        self.failure = Failure("gpu", code, what, WHY, remedy)
        super().__init__(what)


def check_unit(mac: Mac) -> Unit:
    """The container that proves; raises `Unproven` when this Mac's lab file wishes none."""
    for unit in units(mac.section("stacks", Stacks), mac):
        if unit.container.image == CHECK_IMAGE:
            return unit
    if runtimes.native(mac) and not runtimes.machine_gpu(mac):
        what = "the stacks of this Mac run on it itself, by Metal where they compute: this proof is one of containers"
        remedy = "their health says whether they compute on the GPU, and `carbon-fleet bench LAB` measures it"
        raise Unproven("NO_GPU", what, remedy)
    if not runtimes.machine_gpu(mac):
        what = f"the stacks of this Mac run by `{mac.runtime}`, whose containers have no GPU: there is nothing to prove"
        able = " or ".join(f"`runtime: {name}`" for name in with_gpu() if name not in (LINUX, runtimes.NATIVE))
        raise Unproven("NO_GPU", what, f"write {able} for this Mac, or leave it out here (--limit)")
    what = f"the lab file wishes no container of the image {CHECK_IMAGE} on this Mac"
    raise Unproven("NO_PROOF_WISHED", what, f"write `stacks: [{CHECK_IMAGE}]` for it, then {APPLY}")


def must_run(world: World, unit: Unit) -> None:
    """Raise `Unproven` when the machine is not entered, or the container does not run in it."""
    snapshot, name = world.snapshot, unit.container_name
    if snapshot.guest is Guest.ABSENT:
        raise Unproven(snapshot.guest.code, "there is no Podman machine on this Mac", APPLY)
    if snapshot.guest is Guest.STOPPED:
        raise Unproven(snapshot.guest.code, "the Podman machine is stopped", APPLY)
    if snapshot.guest is not Guest.REACHED or snapshot.hop is None:
        what = f"the Podman machine could not be entered: {snapshot.guest_detail or 'it told no way in'}"
        raise Unproven("MACHINE_CLOSED", what, "`carbon-fleet probe LAB MAC` shows what it said; " + APPLY)
    try:
        seen = STACK.observe(snapshot).containers.get(name)
    except Unreadable as unreadable:
        raise Unproven("STACK_UNREADABLE", str(unreadable), "`carbon-fleet probe LAB MAC`") from unreadable
    if seen is None:
        raise Unproven("CONTAINER_ABSENT", f"there is no container {name}", APPLY)
    if seen.state != "running":
        raise Unproven("CONTAINER_STOPPED", f"the container {name} is {seen.state}, not running", APPLY)


def prove_command(unit: Unit) -> Command:
    """The command that measures, in the container. Its own deadline comes first, so that it can say what hung."""
    environment = unit.container.environment
    own = f"{VARIABLE}={seconds_of(environment):g}"
    argv = ("podman", "exec", "--env", own, unit.container_name, "vulkan-check", "prove", "--json")
    return guest(*argv, deadline=patience(environment), says="prove that the GPU computes")


def answered(ran: Ran, unit: Unit) -> Proof:
    """The document in an answer; raises `Unproven` where there is none."""
    if ran.status == DEADLINE_PASSED:
        seconds = patience(unit.container.environment)
        what = f"`vulkan-check prove` in {unit.container_name} gave no answer within {seconds} seconds"
        remedy = "restart the machine: `podman machine stop && podman machine start`, then prove again"
        raise Unproven("PROOF_HUNG", what, remedy)
    if ran.status in (0, 1) and ran.out:
        try:
            return read_proof("\n".join(ran.out))
        except Foreign as foreign:
            remedy = f"look at it with `podman exec {unit.container_name} vulkan-check prove` in the machine; {APPLY}"
            raise Unproven("PROOF_FOREIGN", f"what vulkan-check printed is no proof: {foreign}", remedy) from foreign
    last = next((line for line in (*reversed(ran.err), *reversed(ran.out)) if line.strip()), "it said nothing")
    raise Unproven(*_refused(ran.status, last))


def _refused(status: int, last: str) -> tuple[str, str, str]:
    if status == 64:
        what = f"the container's vulkan-check is older and knows no `prove`: {last}"
        return "PROOF_TOO_OLD", what, f"its image has to be built anew: {APPLY}"
    if status == 78:
        return "PROOF_BAD_SETTING", last, "mend this variable in the stack's `environment`; " + APPLY
    return "PROOF_FAILED", f"`vulkan-check prove` ended with status {status}: {last}", APPLY
