"""The machine's copies of secrets, which podman hands to containers, and the containers made with an older one.

A copy has its fingerprint as a label, and a container gets that label when it is made (`podman run --label-file`): so
what is old is seen without a clock, which in a virtual machine stands still while the Mac sleeps.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, Where, World, shell
from carbon_fleet.snapshot import Section, Unreadable
from operations import runtimes
from operations.render.quadlet import PREFIX
from operations.secret.seen import fingerprints
from operations.stack.secrets import used

CONTAINER_LABEL = "io.carbon-fleet.secret."
SECRET_LABEL = "io.carbon-fleet.fingerprint"  # noqa: S105 a label's name

_NAMED = re.compile(rf"^Secret={PREFIX}([a-z0-9-]+),", re.MULTILINE)


@dataclass(frozen=True)
class CopiesSeen:
    """Fingerprints by name: of podman's secrets of ours, and in the labels that lie ready for containers."""

    copies: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_copies(section: Section) -> CopiesSeen:
    """The part of the `stack` section that tells of secrets (`podman secret inspect`, podman 4 to 6)."""
    labels = dict[str, str]()
    for fact in section.all("secret_label"):
        name, _, text = fact.partition(" ")
        labels[name] = text.partition("=")[2]
    if "secrets" not in section.blocks:
        return CopiesSeen({}, labels)
    block = section.block("secrets").must()
    listed = block.json() if block.text.strip() else []
    try:
        return CopiesSeen(dict(_copies(listed)), labels)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"stack: podman's list of secrets lacks {error}") from error


def _copies(listed: list[Any]) -> Iterator[tuple[str, str]]:
    for item in listed:
        name = item["Spec"]["Name"]
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX), (item["Spec"].get("Labels") or {}).get(SECRET_LABEL, "")


def made_with(labels: Mapping[str, str]) -> dict[str, str]:
    """The fingerprints a container's labels carry, by secret."""
    return {k.removeprefix(CONTAINER_LABEL): value for k, value in labels.items() if k.startswith(CONTAINER_LABEL)}


def handed_on(seen: CopiesSeen, world: World) -> Iterator[Change]:
    """The Change for every used secret that podman does not have as the Mac has it."""
    right = fingerprints(world)
    for name in used(world.mac, *runtimes.QUADLET):
        copy, wanted = seen.copies.get(name), right.get(name)
        if copy is None:
            yield _handing(name, Action.CREATE, "none")
        elif wanted and copy != wanted:
            yield _handing(name, Action.UPDATE, "another one")
        elif wanted and seen.labels.get(name) != wanted:
            yield _handing(name, Action.UPDATE, "without its label")


def _handing(name: str, action: Action, before: str) -> Change:
    attribute = Attribute("copy in the machine", before, "the Mac's")
    reason = "podman hands containers what the Mac keeps"
    return Change(f"secret.{name}", action, (attribute,), reason, (_take(name),))


def _take(name: str) -> Command:
    feeding = shell(assets.text("secret/mac.sh"), "tell", name)
    argv = shell(assets.text("secret/machine.sh"), "take", name)
    return Command(argv, Where.GUEST, says=f"hand the secret {name} to podman", fed=feeding)


def unused(seen: CopiesSeen, world: World, kept: Iterable[str] = ()) -> Iterator[Change]:
    """The removal of every copy of ours that no container is given any more. The Mac's own are data, and kept.

    Those that the texts of `kept` units name have to stay, or there is no way back to these.
    """
    needed = {*used(world.mac, *runtimes.QUADLET), *(name for text in kept for name in _NAMED.findall(text))}
    ours = {name for name, fingerprint in seen.copies.items() if fingerprint} | set(seen.labels)
    for name in sorted(ours - needed):
        command = Command(shell(assets.text("secret/machine.sh"), "drop", name), Where.GUEST, says=f"forget {name}")
        attribute = Attribute("copy in the machine", "there", None)
        reason = "no container is given it any more; the Mac keeps its own copy"
        yield Change(f"secret.{name}", Action.DELETE, (attribute,), reason, (command,))


def outdated(secrets: Mapping[str, str], container: Mapping[str, str], world: World) -> tuple[str, ...]:
    """The names of a container's `secrets` (target → name) that it was made with an older value of."""
    right = fingerprints(world)
    names = dict.fromkeys(secrets.values())
    return tuple(name for name in names if right.get(name) and container.get(name) != right[name])
