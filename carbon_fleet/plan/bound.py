"""A plan as a file: the Changes somebody looked at, and what they were made for. `apply` runs these and no others."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from carbon_fleet.plan.change import Change, Value
from carbon_fleet.plan.selection import Selection
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac

FORMAT: Final = "carbon-fleet plan"
FORMAT_VERSION: Final = 1
MARK = 16
"""Hex digits of a sha256 that tell whether one fact or one key of the wish moved."""
_BEGIN = re.compile(r'\s*\{\s*"format":\s*"carbon-fleet plan"')


class NotAPlan(Exception):
    """The file is no plan that can be run; the message says why. `changed`: it was one, before somebody changed it."""

    def __init__(self, why: str, *, changed: bool = False) -> None:
        """Keep whether it was changed."""
        self.changed = changed
        super().__init__(why)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Difference(_Part):
    """An attribute: what it is, and what it becomes."""

    name: str
    before: Value
    after: Value


class Entry(_Part):
    """A Change. `id` tells it from every other one, its commands' whole arguments included; `commands` are for people.

    What commands read on standard input is not here: it may be private, and follows from the wish.
    """

    id: str
    address: str
    action: str
    attributes: tuple[Difference, ...]
    reason: str
    at_stake: tuple[str, ...]
    commands: tuple[str, ...]


class BoundMac(_Part):
    """What is to be done on one Mac, and the Mac it is to be done on.

    `spec` is its wish's digest, `wish` a mark for each key of it, `seen` one for each fact and block of each section
    of the probe, `consents` are those of `plan`, `later` the resources that are known only once it was applied.
    """

    spec: str
    wish: dict[str, str]
    guest: str
    seen: dict[str, dict[str, str]]
    consents: tuple[str, ...]
    changes: tuple[Entry, ...]
    later: tuple[str, ...]


class BoundPlan(_Part):
    """A whole plan. `file` is the lab file as it was named, `lock` the digest of its lock file (None: there was none).

    `missing` says of the Macs that could not be planned how that ended. `digest` is over all that stands before it.
    """

    format: Literal["carbon-fleet plan"] = FORMAT
    format_version: Literal[1] = FORMAT_VERSION
    version: str
    lab: str
    file: str
    lock: str | None
    only: tuple[str, ...]
    skip: tuple[str, ...]
    macs: dict[str, BoundMac]
    missing: dict[str, str]
    digest: str = ""
    run: str = ""
    made: str = ""
    by: str = ""

    @property
    def selection(self) -> Selection:
        """What `plan` was told to plan."""
        return Selection(self.only, self.skip)

    def sealed(self) -> "BoundPlan":
        """The same with its digest, its Macs in the order of their names."""
        plan = self.model_copy(update={"macs": dict(sorted(self.macs.items()))})
        return plan.model_copy(update={"digest": plan.own_digest})

    @property
    def own_digest(self) -> str:
        """sha256 over all but who made it when: it moves when the wish, the lock or a Mac moves."""
        return _sha256(self.model_dump(mode="json", exclude={"digest", "run", "made", "by"}))

    def text(self) -> str:
        """The file's content."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def bound_mac(
    mac: Mac,
    snapshot: Snapshot,
    changes: Iterable[Change],
    later: Iterable[str],
    consents: Iterable[str] = (),
    clean: Callable[[str], str] = str,
) -> BoundMac:
    """One Mac's part of a plan; `clean` takes out of texts what must not be kept."""
    return BoundMac(
        spec=mac.digest,
        wish=wish_marks(mac),
        guest=snapshot.guest.value,
        seen=snapshot.marks,
        consents=tuple(sorted(consents)),
        changes=tuple(_entry(change, clean) for change in changes),
        later=tuple(later),
    )


def wish_marks(mac: Mac) -> dict[str, str]:
    """A mark for each key of a Mac's wish, its name in the lab file."""
    return {key: _sha256(value)[:MARK] for key, value in sorted(mac.wish().items())}


def id_of(change: Change) -> str:
    """What tells a Change from every other: all of it but its reason and its commands' standard input.

    Of what is at stake the names count; what is told of each in brackets (sizes, last use) moves by itself.
    """
    attributes = [[item.name, item.before, item.after] for item in change.attributes]
    commands = [[one.where, one.argv, sorted(one.env.items()), one.fed] for one in change.commands]
    files = [[one.name, one.sha256] for one in change.deliveries]
    bring = [change.bring.tag, change.bring.inputs, change.bring.builder] if change.bring else None
    stake = [one.partition(" (")[0] for one in change.at_stake]
    return _sha256([change.address, change.action, attributes, stake, commands, files, bring])


def _entry(change: Change, clean: Callable[[str], str]) -> Entry:
    def shown(value: Value) -> Value:
        return clean(value) if isinstance(value, str) else value

    return Entry(
        id=id_of(change),
        address=change.address,
        action=change.action.value,
        attributes=tuple(
            Difference(name=item.name, before=shown(item.before), after=shown(item.after)) for item in change.attributes
        ),
        reason=clean(change.reason),
        at_stake=tuple(clean(stake) for stake in change.at_stake),
        commands=tuple(clean(str(command)) for command in change.commands),
    )


def is_plan(text: str) -> bool:
    """Whether this is, or began as, a plan file; a lab file never begins so."""
    return _BEGIN.match(text) is not None


def read_plan(text: str) -> BoundPlan:
    """The plan in a file's `text`. Raises `NotAPlan`."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAPlan(f"it was cut off or changed: it is no JSON any more ({error})") from None
    version = plain.get("format_version") if isinstance(plain, dict) else None
    if version != FORMAT_VERSION:
        raise NotAPlan(f"its format_version is {version!r}, and this carbon-fleet reads {FORMAT_VERSION}")
    try:
        plan = BoundPlan.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole of it"
        raise NotAPlan(f"it is not as `plan` writes it: {where}: {first['msg'].lower()}", changed=True) from None
    if plan.own_digest != plan.digest:
        raise NotAPlan("it was changed after `plan` wrote it: its digest is another", changed=True)
    return plan


def _sha256(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
