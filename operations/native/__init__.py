"""Stacks without containers: programs of formulae, or of the Mac's environments, that launchd runs as LaunchAgents.

They belong to gui/UID, as `operations/agent` says why: with nobody logged in at the screen launchd runs none of them.
Sources are in `operations/render/launchd.py` and `operations/native/seen.py`.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Finding, Refusal, Resource, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations._leftovers import of_other_labs, told
from operations.homebrew.wish import Homebrew, short
from operations.native import kept, programs
from operations.native.jobs import Job, jobs
from operations.native.seen import JobSeen, NativeSeen, read
from operations.native.wish import Natively, check
from operations.render.launchd import log
from operations.stack.volumes import CONSENT

__all__ = ["RESOURCE", "JobSeen", "NativeSeen", "Natively", "differences", "read"]


def differences(wanted: Natively, seen: NativeSeen, world: World) -> Iterator[Finding]:
    """What nobody wishes any more first, for its ports; folders and models; then what runs."""
    held = moves.held(world)
    if not runtimes.native(world.mac):
        labs = of_other_labs("native", world)
        yield from told("native", labs, {job.stack for job in seen.jobs.values()})
        if moves.unreadable(world):
            return
        held |= set(labs)
    refused = tuple(_refusals(jobs(world.mac), seen))
    yield from refused
    if refused:
        return
    seen = seen.without(held)
    wished = tuple(job for job in jobs(world.mac) if job.workload.stack not in held)
    yield from programs.orphans(wished, seen)
    yield from kept.missing(wished, seen)
    yield from kept.STORE.missing(seen.models, world.mac)
    yield from programs.runs(wished, seen, world)
    yield from kept.unused(wished, seen, world)
    if not held:
        yield from kept.STORE.leftovers(seen.models, kept.STORE.sums(world.mac))


def _refusals(wished: tuple[Job, ...], seen: NativeSeen) -> Iterator[Refusal]:
    """What only a person can mend."""
    if wished and not seen.screen:
        what = "nobody is logged in at this Mac's screen, and launchd runs a user's programs only then"
        why = f"these would not run: {', '.join(job.name for job in wished)}"
        remedy = "log in once, or turn on automatic login (System Settings, Users & Groups); then run it again"
        yield Refusal("native", "NATIVE_NEEDS_LOGIN", what, why, remedy)
    if wished and seen.home != wished[0].home:
        what = f"the login user's home is {seen.home}, and `user` says {wished[0].home}"
        why = "programs are told whole paths, and these would be another's"
        yield Refusal("native", "NATIVE_OTHER_HOME", what, why, "write as `user` who logs in by ssh")


def removal(wanted: Natively, seen: NativeSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """All of ours goes; volumes with consent only."""
    theirs = of_other_labs("native", world)
    seen = seen.without(theirs)
    if seen.volumes and CONSENT not in world.consents:
        what = f"the stacks go with their volumes: {', '.join(sorted(seen.volumes))}"
        remedy = "copy what you need from ~/.local/share/carbon-fleet/native, then run it again with --delete-volumes"
        yield Refusal("native.volume", "CONSENT_MISSING", what, "they would be destroyed", remedy)
        return
    yield from programs.orphans((), seen)
    yield from kept.unused((), seen, world)
    if not theirs:
        yield from kept.STORE.leftovers(seen.models, ())


def asks(wanted: Natively, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/native.sh`."""
    wished = jobs(mac)
    formulae = (job.container.native.formula for job in wished if job.container.native)
    return {
        "CF_NATIVE_WISHED": "yes" if runtimes.native(mac) else "",
        "CF_PREFIX": str(mac.section("homebrew", Homebrew).prefix),
        "CF_NATIVE_BRINGERS": " ".join(dict.fromkeys(job.bringer for job in wished)),
        "CF_NATIVE_ASKED": "".join(f"{job.name} {job.patience} {_encoded(job.asked)}\n" for job in wished),
        "CF_NATIVE_FORMULAE": " ".join(dict.fromkeys(short(name) for name in formulae if name)),
    }


def _encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode() or "-"


def parts(wanted: Natively, mac: Mac) -> Mapping[str, Any]:
    """Each program by the digest of what is said of it."""
    return {job.address: job.definition for job in jobs(mac)}


def places(wanted: Natively, mac: Mac) -> Iterator[str]:
    """Logs, and folders of ours."""
    for job in jobs(mac):
        yield from (f"{log(job.name)}{end}" for end in ("", ".1", ".2"))
    yield "~/.local/share/carbon-fleet/native/"
    yield "~/.local/share/carbon-fleet/models/"
    yield "~/.local/state/carbon-fleet/native/"
    yield "~/Library/Caches/carbon-fleet/"


RESOURCE: Resource[Natively, NativeSeen] = Resource(
    "native",
    "native",
    Natively,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    # A login or logout, which an update of macOS makes, decides whether launchd has it.
    moved_by={"native.stack.*.loaded": ("macos",), "native.stack.*.state": ("macos",)},
    places=places,
    removal=removal,
    applies=runtimes.native,
    lingers=runtimes.brewed,
)
