"""`carbon-fleet rollback LAB MAC STACK`: a stack runs by the units it had before, shown and asked for first."""

import sys
from pathlib import Path

import gevent

from carbon_fleet.engine.rules import Stopped
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import begin, run_change
from carbon_fleet.plan import Action, Attribute, Change, Refusal
from carbon_fleet.report.document import Exit, Failure, MacReport, Outcome, Report
from carbon_fleet.report.values import attribute_lines, visible
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.choice import lab_of, mac_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.inside import seen_inside
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk
from operations import docker, runtimes
from operations.docker import back as back_in_docker
from operations.docker.services import services as docker_services
from operations.stack.quadlet import STACK_LABEL
from operations.stack.seen import Kept, StackSeen
from operations.stack.update import back
from operations.stack.wish import Stack, Stacks


def rollback(file: Path, name: str, stack: str, *, yes: bool, json: bool, quiet: bool) -> Report:
    """Go back to the units `stack` had before on the Mac `name`; without `yes` a person is asked."""
    lab, talk = lab_of(file), Talk(quiet, plain=True)
    mac = mac_of(lab, name)
    wished = _stack_of(mac, stack)

    def work(session: Session, report: MacReport) -> None:
        session.hold()  # before the look, so that what is asked about is what is changed
        in_docker = runtimes.of_stack(wished, mac) == runtimes.DOCKER
        change = _of_docker(wished, session, report) if in_docker else _change(wished, seen_inside(session, report))
        if not yes:
            _ask(change, name)
        if session.stopping():
            raise Stopped
        begin(session, change, report)
        run_change(session, change, talk.say)
        report.notices.append(_afterwards(change.address, stack, file, name))
        report.outcome = Outcome.CHANGED

    return run_verb("rollback", lab, [mac], work, 1, talk, json, changes=True)


def _stack_of(mac: Mac, name: str) -> Stack:
    stacks = mac.section("stacks", Stacks).all()
    for stack in stacks:
        if stack.name == name:
            return stack
    named = ", ".join(stack.name for stack in stacks) or "none"
    print(f"{name}: no stack of {mac.name} is called so; its stacks: {named}", file=sys.stderr)
    raise Stop(Exit.USAGE)


def _change(stack: Stack, seen: StackSeen) -> Change:
    """What is different in the units kept from before, a unit an attribute; raises `Refused` where there are none."""
    kept, now = seen.kept.get(stack.name, Kept()), _in_place(stack.name, seen)
    # What is in place and was never kept was cut off, or changed by somebody: the good ones are those before it.
    before = kept.good if kept.good and now != kept.good else kept.previous
    names = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    if not before or not names:
        raise Refused((_nothing(stack.name, f"stack.{stack.name}", there=bool(kept.previous)),))
    prefix = f"carbon-fleet-{stack.name}-"
    attributes = tuple(Attribute(name.removeprefix(prefix), now.get(name), before.get(name)) for name in names)
    seconds = max(container.ready_timeout.seconds for container in stack.members().values())
    reason = f"{stack.name} goes back to the units it had before"
    return Change(f"stack.{stack.name}", Action.UPDATE, attributes, reason, (back(stack.name, seconds),))


def _of_docker(stack: Stack, session: Session, report: MacReport) -> Change:
    """The same of a stack that Docker Desktop runs: its file, whole."""
    snapshot = session.snapshot()
    report.snapshot = snapshot.digest
    seen, address = docker.RESOURCE.observe(snapshot), f"docker.stack.{stack.name}"
    if not seen.running:
        remedy = "run carbon-fleet apply, which starts it, and try again"
        what = f"Docker Desktop does not run on {session.mac.name}"
        raise Refused((Refusal(address, "ENGINE_STOPPED", what, "the stack is in it", remedy),))
    found = back_in_docker.change(stack.name, docker_services(session.mac), seen)
    if found is None:
        kept = seen.kept.get(stack.name)
        raise Refused((_nothing(stack.name, address, there=bool(kept and kept.previous), of="file"),))
    return found


def _in_place(stack: str, seen: StackSeen) -> dict[str, str]:
    """The units of a stack that are there, by name: theirs by their label, as the machine's own scripts find them."""
    label = f'Label="{STACK_LABEL}={stack}"'
    files = {path.rpartition("/")[2]: file for path, file in seen.files.items() if file.kind == "regular"}
    texts = {name: file.content.decode(errors="replace") for name, file in files.items()}
    return {name: text for name, text in texts.items() if label in text.splitlines()}


def _nothing(stack: str, address: str, *, there: bool, of: str = "units") -> Refusal:
    here = f"{stack} runs by the {of} it had before already"
    what = here if there else f"no {of} that {stack} had before {'are' if of == 'units' else 'is'} kept on this Mac"
    why = "only what was seen to work, and was then followed by something else that works, is kept to go back to"
    remedy = "write what you want in the lab file, and run carbon-fleet apply"
    return Refusal(address, "NOTHING_TO_GO_BACK_TO", what, why, remedy)


def _ask(change: Change, mac: str) -> None:
    """Show what will be done, and have a person agree; raises `Refused`."""
    lines = [f"{mac}: {change.reason}:", *(f"  {line}" for item in change.attributes for line in attribute_lines(item))]
    print(visible("\n".join(lines)), file=sys.stderr)
    why = "its containers are stopped and begun anew, by the older units and images"
    if not sys.stdin.isatty():
        remedy = "run it again with --yes, or where it can ask"
        raise Refused((Refusal(change.address, "CONSENT_MISSING", "nobody could be asked", why, remedy),))
    print("Go back? [y/N] ", end="", file=sys.stderr, flush=True)
    # In a thread, so that Ctrl-C is heard meanwhile.
    answer: str = gevent.get_hub().threadpool.apply(sys.stdin.readline)
    if answer.strip().lower() not in ("y", "yes"):
        raise Refused((Refusal(change.address, "DECLINED", "you said no", why, "nothing was changed"),))


def _afterwards(address: str, stack: str, file: Path, mac: str) -> Failure:
    return Failure(
        address,
        "NOT_AS_THE_LAB_FILE",
        f"{stack} runs by what it had before, which is not what the lab file says",
        f"carbon-fleet drift {file} --limit {mac} names the difference, and that is right so",
        "write the older version into the lab file; carbon-fleet apply would go forward again",
    )
