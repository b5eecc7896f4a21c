"""How a stack moves to new units without being lost: what was seen to work is kept, and gone back to.

The virtual machine keeps, for each stack, the units that worked (`good`) and those that worked before (`previous`). A
container that does not become healthy by other units than the good ones makes its whole stack go back to these: done by
the script that waits for it, in the machine itself, so that whoever runs the commands need not know of it. Why so:
docs/decisions/2026-11-21-rollback.md.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, guest, shell
from operations.stack.quadlet import FOLDER, Unit
from operations.stack.seen import Kept, StackSeen

KEPT = "/var/lib/carbon-fleet/stacks"
"""Where the machine keeps them: `STACK/good` and `STACK/previous`, a file a unit."""
GOING_BACK = 1800
"""Seconds a stack may take to go back: its containers are stopped, begun, and waited for one after the other."""
CODES = {86: "ROLLED_BACK", 87: "ROLLBACK_FAILED"}
"""What the scripts' own exit statuses mean."""
_IMAGE = re.compile(r"localhost/carbon-fleet/[a-z0-9-]+:[0-9a-f]+")


@cache
def script(name: str) -> str:
    """`files/stack/NAME.sh` with what these scripts share, its title kept as first line, other comments dropped."""
    title, _, body = assets.text(f"stack/{name}.sh").partition("\n")
    lines = (assets.text("stack/lib.sh") + body).splitlines(keepends=True)
    return title + "\n" + "".join(line for line in lines if not line.lstrip().startswith("#"))


def wait(unit: Unit) -> Command:
    """Wait for a unit's container; where it does not get well, its stack goes back."""
    seconds, health = unit.container.ready_timeout.seconds, unit.container.health
    wished, grace = ("healthy", health.start_period.seconds) if health else ("running", 0)
    arguments = (unit.service, unit.container_name, str(seconds), wished, str(grace))
    argv = shell(script("wait"), *arguments, unit.stack, f"{KEPT}/{unit.stack}", FOLDER)
    says = f"wait until {unit.container_name} is {wished}"
    return guest(*argv, deadline=seconds + 60 + GOING_BACK, says=says, codes=CODES)


def back(stack: str, seconds: int) -> Command:
    """Go back to the units `stack` had before, each of which may take `seconds` to get well."""
    argv = shell(script("back"), stack, f"{KEPT}/{stack}", FOLDER, str(seconds))
    return guest(*argv, deadline=60 + 2 * GOING_BACK, says=f"go back to the units {stack} had before", codes=CODES)


def keep_changes(wished: Sequence[Unit], seen: StackSeen) -> Iterator[Change]:
    """What works is kept, last of all; what is kept of stacks nobody wishes any more goes."""
    stacks: dict[str, dict[str, str]] = {}
    for unit in wished:
        stacks.setdefault(unit.stack, {})[unit.file] = unit.text
    for stack, texts in stacks.items():
        if seen.kept.get(stack, Kept()).good != texts:
            before = _words(seen.kept.get(stack, Kept()).good)
            command = guest(
                *shell(assets.text("stack/keep.sh"), f"{KEPT}/{stack}", FOLDER, *sorted(texts)),
                says=f"keep the units of {stack}, which work",
            )
            reason = "its units work: they are what it goes back to should others fail"
            yield Change(f"stack.{stack}", Action.RUN, (Attribute("kept", before, _words(texts)),), reason, (command,))
    for stack in sorted(set(seen.kept) - set(stacks)):
        remove = guest("rm", "-rf", f"{KEPT}/{stack}", says=f"forget the units of {stack}")
        attribute = Attribute("kept", _words(seen.kept[stack].good), None)
        reason = "no stack of this Mac is called so any more"
        yield Change(f"stack.{stack}", Action.DELETE, (attribute,), reason, (remove,))


def _words(texts: Mapping[str, str]) -> str | None:
    """The units for a person: which images they run."""
    names = [f"{name.removesuffix('.container')}: {image_of(text)}" for name, text in sorted(texts.items())]
    return ", ".join(names) or None


def image_of(text: str) -> str:
    """The image a unit's text runs."""
    found = re.search(r"^Image=(.*)$", text, re.M)
    return found[1].replace("%%", "%").replace("$$", "$") if found else ""


def images_kept(kept: Iterable[Kept]) -> set[str]:
    """The images of ours that kept units run or mount: they have to stay, or there is no way back."""
    return {image for text in texts_kept(kept) for image in _IMAGE.findall(text)}


def texts_kept(kept: Iterable[Kept]) -> list[str]:
    """The texts of all units that are kept."""
    return [text for each in kept for units in (each.good, each.previous) for text in units.values()]
