"""How a Mac's Python environments are asked for their proof: which, in what state, by which command."""

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Change, Command, World
from carbon_fleet.prove.asking import APPLY, Unproven
from carbon_fleet.prove.metal import Answer, Kind, NoAnswer, Question, read
from carbon_fleet.report.document import Failure
from carbon_fleet.snapshot.script import script_text
from carbon_fleet.snapshot.section import DEADLINE_PASSED
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.environment import RESOURCE as ENVIRONMENT
from operations.environment import Environments, commands
from operations.environment.wish import Environment

SECONDS = 300
"""A first import of TensorFlow reads half a gigabyte, and a framework makes its kernels for this GPU."""
WHY = "without a proof, that an environment computes on this Mac's GPU is only a label"
REMEDIES = {
    "METAL_CPU": "see that its lock has the framework's macOS wheels and macOS is 14 or later; "
    "only a simulated lab may say `accept_software_gpu: true`",
    "METAL_SLOW": "quit what else uses the Mac's GPU, let it cool, and prove again",
    "METAL_WRONG_NUMBERS": "prove again; if it stays, lock another version of the framework, and report it",
    "METAL_OTHER_CHIP": "look which machine answers under this Mac's name",
}
LOOK = "`carbon-fleet verify LAB` names what in it is broken"


def asked_of(mac: Mac) -> dict[str, Kind]:
    """The environments of a Mac that are to be proven, by name, each with what computes."""
    wished = mac.section("environments", Environments).wished if runtimes.environments(mac) else {}
    return {name: kind for name, one in wished.items() if (kind := _kind(one)) is not None}


def _kind(one: Environment) -> Kind | None:
    return None if one.prove in (None, "none") else one.prove  # type: ignore[return-value]


def must_stand(world: World, name: str) -> None:
    """Raise `Unproven` when the environment is not there, or not as its lock says: nothing else is to be proven."""
    address = f"environment.{name}"
    changes = [one for one in ENVIRONMENT.findings(world) if isinstance(one, Change) and one.address == address]
    if changes and changes[0].attributes[0].before is None and changes[0].action == "create":
        raise _unproven("ENVIRONMENT_ABSENT", f"there is no environment `{name}` on this Mac", APPLY)
    if changes and changes[0].action != "delete":
        names = ", ".join(attribute.name for attribute in changes[0].attributes[:5])
        what = f"the environment `{name}` is not as its lock says: {names}"
        raise _unproven("ENVIRONMENT_DIFFERS", what, APPLY)


def job_command(name: str, asked: Question) -> Command:
    """The command that computes, by the environment's own Python."""
    words = (asked.kind, str(asked.seed), str(asked.n), str(asked.timed))
    says = f"prove that {name} computes"
    return commands.run(name, script_text("environment/job.py"), *words, says=says, deadline=SECONDS)


def answered(ran: Ran, name: str) -> Answer:
    """The answer in what the job printed; raises `Unproven` where there is none."""
    if ran.status == DEADLINE_PASSED:
        raise _unproven("METAL_HUNG", f"the job in `{name}` gave no answer within {SECONDS} seconds", LOOK)
    if ran.status != 0:
        last = next((line for line in (*reversed(ran.err), *reversed(ran.out)) if line.strip()), "it said nothing")
        raise _unproven("METAL_FAILED", f"the job in `{name}` ended with status {ran.status}: {last}", LOOK)
    try:
        return read("\n".join(ran.out))
    except NoAnswer as wrong:
        raise _unproven("METAL_FOREIGN", f"the job in `{name}`: {wrong}", LOOK) from wrong


def failure(name: str, code: str, what: str) -> Failure:
    """What stands against a proof."""
    return Failure(f"environment.{name}", code, what, WHY, REMEDIES.get(code, LOOK))


def software(name: str, answer: Answer) -> Failure:
    """The notice of what was computed by a CPU, where the lab accepts that."""
    what = f"{answer.kind} of `{name}` computed on {', '.join(answer.devices)}: that is software, not a Mac's GPU"
    why = "this lab accepts it (accept_software_gpu: true), and no claim is made of the GPU"
    remedy = "on a real Mac, leave accept_software_gpu out"
    return Failure(f"environment.{name}", "METAL_SOFTWARE", what, why, remedy)


def _unproven(code: str, what: str, remedy: str) -> Unproven:
    unproven = Unproven(code, what, remedy)
    unproven.failure = Failure("environment", code, what, WHY, remedy)
    return unproven
