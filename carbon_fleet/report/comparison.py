"""What two Reports of a lab have in difference: pure, of the two documents alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carbon_fleet.plan import Attribute
from carbon_fleet.plan.change import Value
from carbon_fleet.report.document import Failure, MacReport, Planned, Report
from carbon_fleet.report.pending import LOOKS, pending

FORMAT_VERSION = 1
JUDGE = LOOKS | {"apply", "resume"}
"""Verbs that judge every resource: what is pending after one can be laid beside what is pending after another."""


@dataclass(frozen=True)
class MacDifference:
    """One Mac, where the two Reports do not say the same of it. `before`, `after`: its outcome; None: not in it."""

    mac: str
    before: str | None
    after: str | None
    appeared: list[Planned] = field(default_factory=list)
    """Changes that were not pending before and are now."""
    gone: list[Planned] = field(default_factory=list)
    """Changes that were pending before and no longer are."""
    moved: list[Planned] = field(default_factory=list)
    """Changes that are pending as before, and differ in what they would change: as they are now."""
    troubles: list[Failure] = field(default_factory=list)
    """Failures that were not there before."""
    ended: list[Failure] = field(default_factory=list)
    """Failures that are not there any more."""
    sections: list[str] = field(default_factory=list)
    """Sections of the probe's answer that are not as they were."""
    facts: list[Attribute] = field(default_factory=list)
    """What else moved: wish, machine, GPU, tests, figures."""

    def __bool__(self) -> bool:
        """Whether anything differs."""
        lists = (self.appeared, self.gone, self.moved, self.troubles, self.ended, self.sections, self.facts)
        return self.before != self.after or any(lists)


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side. `facts` are those of the whole lab; `macs` has only the Macs that differ."""

    before: str
    after: str
    facts: list[Attribute]
    macs: list[MacDifference]
    same: int
    format_version: int = FORMAT_VERSION

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.facts or self.macs)


def compare(before: Report, after: Report) -> Comparison:
    """What `after` says that `before` does not, and the other way round; Macs in the order of `after`."""
    old, new = ({mac.mac: mac for mac in report.macs} for report in (before, after))
    names = dict.fromkeys([*new, *old])
    found = [_mac(name, (before, old.get(name)), (after, new.get(name))) for name in names]
    facts = [("lab", before.lab, after.lab), ("lab file", before.spec, after.spec), ("lock", before.lock, after.lock)]
    facts.append(("carbon-fleet", before.version, after.version))
    differing = [one for one in found if one]
    return Comparison(before.run, after.run, _moved(facts), differing, len(found) - len(differing))


def _moved(facts: Iterable[tuple[str, Value, Value]]) -> list[Attribute]:
    return [Attribute(name, before, after) for name, before, after in facts if before != after]


def _mac(name: str, old: tuple[Report, MacReport | None], new: tuple[Report, MacReport | None]) -> MacDifference:
    before, after = old[1], new[1]
    if before is None or after is None:
        return MacDifference(name, _end(before), _end(after))
    difference = MacDifference(name, _end(before), _end(after), facts=_moved(_facts(before, after)))
    difference.troubles.extend(one for one in after.failures if one not in before.failures)
    difference.ended.extend(one for one in before.failures if one not in after.failures)
    if before.snapshot is not None and after.snapshot is not None:
        names = sorted(before.sections.keys() & after.sections.keys())
        difference.sections.extend(one for one in names if before.sections[one] != after.sections[one])
        if {old[0].verb, new[0].verb} <= JUDGE:
            _lay(difference, pending(old[0], before), pending(new[0], after))
    return difference


def _end(mac: MacReport | None) -> str | None:
    return mac.outcome.value if mac is not None else None


def _lay(difference: MacDifference, before: list[Planned], after: list[Planned]) -> None:
    old, new = ({change.address: change for change in changes} for changes in (before, after))
    difference.appeared.extend(new[address] for address in new if address not in old)
    difference.gone.extend(old[address] for address in old if address not in new)
    both = [address for address in new if address in old]
    difference.moved.extend(new[one] for one in both if new[one].attributes != old[one].attributes)


def _facts(before: MacReport, after: MacReport) -> Iterator[tuple[str, Value, Value]]:
    yield "wish", before.spec, after.spec
    for name in ("guest", "gpu"):
        if None not in (getattr(before, name), getattr(after, name)):
            yield name, getattr(before, name), getattr(after, name)
    for word in before.tests.keys() & after.tests.keys():
        yield f"tests {word}", before.tests[word], after.tests[word]
    if before.applied and after.applied:
        yield "applied", before.applied.get("run"), after.applied.get("run")
