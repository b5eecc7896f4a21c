"""Python environments on the Mac itself: uv makes them from a lock, and they compute on the GPU by Metal.

They are at `~/.local/share/carbon-fleet/environments/NAME`. A virtual environment cannot be moved: its programs name
its whole path (PEP 405). So each is made whole in a slot of its own, and NAME is a link that one rename leads there;
whatever differs makes it anew in the other slot. uv's own folders, its Pythons and its cache, are ours alone.

From uv's documentation: `uv pip sync --require-hashes`, `--no-build`, "Python versions" (`UV_PYTHON_INSTALL_DIR`,
`--managed-python`), "Environment variables".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, Resource, World
from carbon_fleet.plan import applied as record
from carbon_fleet.spec import Mac
from operations import runtimes
from operations._leftovers import of_another_lab
from operations.environment import commands, locks
from operations.environment.checks import check
from operations.environment.ready import filled
from operations.environment.seen import EnvironmentsSeen, SlotSeen, read
from operations.environment.wish import Environment, Environments, Lock

__all__ = ["FOLDER", "RESOURCE", "Environment", "Environments", "EnvironmentsSeen", "differences", "read"]
FOLDER = "~/.local/share/carbon-fleet/environments"
PYTHONS = "~/.local/share/carbon-fleet/python"
CACHE = "~/Library/Caches/carbon-fleet/uv"


def differences(wanted: Environments, seen: EnvironmentsSeen, world: World) -> Iterator[Finding]:
    """What is not as its lock says, what was cut off, what nobody wishes any more."""
    wished = wanted.wished
    taken = sorted(seen.others & set(wished))
    yield from map(_not_ours, taken)
    for name, one in wished.items():
        if name not in taken and one.lock is not None:
            yield from _environment(name, one, one.lock, seen)
    yield from _unwished(seen, set(wished), world)
    if not taken:
        yield from _pythons(seen, wished)


def _environment(name: str, one: Environment, lock: Lock, seen: EnvironmentsSeen) -> Iterator[Change]:
    found = seen.of(name)
    attributes = tuple(_differing(one, lock, found))
    if attributes:
        slot = f"{name}.b" if seen.links.get(name) == f"{name}.a" else f"{name}.a"
        action = Action.CREATE if found is None else Action.UPDATE
        reason = "it is not there" if found is None else "it is not as its lock says: it is made anew beside"
        made = (commands.python(one), commands.make(name, slot, one, lock))
        yield Change(f"environment.{name}", action, attributes, reason, made)
    elif left := seen.left(name):
        attribute = Attribute("left", ", ".join(left), None)
        command = commands.drop(*left, says=f"remove what is left beside the environment {name}")
        yield Change(f"environment.{name}", Action.DELETE, (attribute,), "a run was cut off", (command,))


def _differing(one: Environment, lock: Lock, found: SlotSeen | None) -> Iterator[Attribute]:
    python = one.python or ""
    if found is None:
        yield Attribute("lock", None, lock.sha256[:12])
        yield Attribute("python", None, python)
        return
    if found.lock != lock.sha256:
        yield Attribute("lock", found.lock[:12] or None, lock.sha256[:12])
    if not found.runs or not f"{found.python}.".startswith(f"{python}."):
        yield Attribute("python", found.python if found.runs else None, python)
    wished = locks.read(lock.content, python).packages
    yield from _packages(wished, found.packages)


def _packages(wished: Mapping[str, str], installed: tuple[tuple[str, str], ...]) -> Iterator[Attribute]:
    """Each package that is missing, another version, there twice, or not in the lock."""
    there: dict[str, str] = {}
    for name, version in installed:
        there[name] = f"{there[name]} and {version}" if name in there else version
    for name in sorted({*wished, *there}):
        if there.get(name) != wished.get(name):
            yield Attribute(f"package.{name}", there.get(name), wished.get(name))


def _unwished(seen: EnvironmentsSeen, wished: set[str], world: World) -> Iterator[Finding]:
    """Links and slots that no environment of the lab file has, nor another lab's of this Mac by its own record."""
    labs = record.others(world.snapshot)
    for name in sorted({*seen.links, *(slot[:-2] for slot in seen.slots)} - wished):
        if lab := labs.get(f"environment.{name}"):
            yield of_another_lab(f"environment.{name}", f"the environment {name}", lab)
            continue
        slots = dict.fromkeys([*(slot for slot in seen.slots if slot[:-2] == name), f"{name}.a"])
        command = commands.drop(*slots, says=f"remove the environment {name}")
        attribute = Attribute("environment", name, None)
        yield Change(f"environment.{name}", Action.DELETE, (attribute,), "nobody wishes it any more", (command,))


def _pythons(seen: EnvironmentsSeen, wished: Mapping[str, Environment]) -> Iterator[Change]:
    """Pythons that uv brought and nothing stands on, once every environment stands."""
    if any(seen.of(name) is None for name in wished):
        return
    used = {slot.base.rpartition("/python/")[2].partition("/")[0] for slot in seen.slots.values()}
    for folder in sorted(set(seen.pythons) - used):
        attribute = Attribute("python", folder, None)
        reason = "no environment stands on it"
        yield Change(f"environment.{folder}", Action.DELETE, (attribute,), reason, (commands.drop_python(folder),))


def _not_ours(name: str) -> Refusal:
    path = f"{FOLDER}/{name}"
    what = f"`{path}` is there, and is no link of ours"
    why = "replacing it would destroy what somebody made on purpose"
    remedy = f"move it away: mv {path} {path}.before-carbon-fleet"
    return Refusal(f"environment.{name}", "ENVIRONMENT_NOT_OURS", what, why, remedy)


def parts(wanted: Environments, mac: Mac) -> Mapping[str, Any]:
    """Each environment by all that is said of it, its lock by its digest."""
    return {f"environment.{name}": one.model_dump(mode="json") for name, one in wanted.wished.items()}


def found(wanted: Environments, seen: EnvironmentsSeen) -> Mapping[str, Any]:
    """Which of the wished names led somewhere."""
    return {f"environment.{name}": name in seen.links for name in wanted.wished}


def removal(wanted: Environments, seen: EnvironmentsSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """Those that were not there before; uv's folders come with them, and go at the end."""
    stays = {name for name in seen.links if before.get(f"environment.{name}") is True}
    yield from _unwished(seen, stays, world)


RESOURCE: Resource[Environments, EnvironmentsSeen] = Resource(
    "environment",
    "environments",
    Environments,
    read,
    differences,
    check=check,
    under=filled,
    parts=parts,
    found=found,
    places=lambda wanted, mac: (f"{FOLDER}/", f"{PYTHONS}/", f"{CACHE}/") if wanted.wished else (),
    removal=removal,
    applies=runtimes.on_a_mac,
)
