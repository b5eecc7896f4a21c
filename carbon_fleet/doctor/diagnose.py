"""All checks over one patient: what is wrong, what only follows from it, what would mend it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import ModuleType

from carbon_fleet.doctor import context, gpu, health, krunkit, mac, machine, network
from carbon_fleet.doctor.check import Check, Known
from carbon_fleet.doctor.patient import Patient
from carbon_fleet.plan import Action, Change, Notice
from carbon_fleet.report.document import Diagnosis
from operations import runtimes


def _checks(family: ModuleType) -> tuple[Check, ...]:
    found: tuple[Check, ...] = family.CHECKS
    return found


def _known(family: ModuleType) -> tuple[Known, ...]:
    found: tuple[Known, ...] = getattr(family, "KNOWN", ())
    return found


FAMILIES = (mac, context, krunkit, machine, network, gpu, health)
"""Where the checks are, in the order in which what they find is told."""
CHECKS: tuple[Check, ...] = tuple(check for family in FAMILIES for check in _checks(family))
KNOWN: dict[str, Known] = {known.code: known for family in FAMILIES for known in _known(family)}
DIFFERS = "NOT_AS_WISHED"
ALWAYS = ("GUEST_STOPPED", "MACHINE_IMAGE_UNKNOWN")
"""Notices of resources that say nothing a check does not say better."""


@dataclass(frozen=True)
class Diagnosed:
    """What one Mac has, and the Changes that `--fix` may make for it."""

    diagnoses: tuple[Diagnosis, ...]
    cures: tuple[Change, ...]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong; notes count for nothing."""
        return all(each.note for each in self.diagnoses)


def diagnose(patient: Patient) -> Diagnosed:
    """Ask every check, and take what the resources say by themselves; what follows from something found is left out.

    Of a Mac without a Podman machine only the checks of the Mac itself are asked: the others are about such a machine.
    Of a Linux host none is: what is wrong there its resources say.
    """
    found = [*_checked(patient), *_words(patient)]
    kept = _unhidden(found)
    cures = {(change.address, change.action): change for _, changes in kept for change in changes}
    diagnoses = [diagnosis for diagnosis, _ in kept]
    if all(each.note for each in diagnoses):
        diagnoses += _differs(patient, frozenset(each.code for each in diagnoses))
    return Diagnosed(tuple(diagnoses), tuple(cures.values()))


Found = tuple[Diagnosis, tuple[Change, ...]]


def _checked(patient: Patient) -> Iterator[Found]:
    values = {"machine": patient.wish.name, "prefix": patient.brew.prefix, "restarts": health.restarts(patient)}
    for check in _asked(patient):
        for evidence in check.look(patient):
            cures = tuple(change for change in _curing(patient, check.heals) if may_mend(change))
            cause, remedy = (_filled(text, values) for text in (check.cause, check.remedy))
            words = (evidence, cause, remedy, bool(cures), check.link, check.row, check.note)
            yield Diagnosis(check.code, *words), cures


def _asked(patient: Patient) -> tuple[Check, ...]:
    if patient.world.mac.linux:
        return ()
    return CHECKS if runtimes.podman(patient.world.mac) else _checks(mac)


def may_mend(change: Change) -> bool:
    """Whether `--fix` may make it: nothing that data hangs on, no replacement, no removal of a machine that is kept."""
    return change.action not in (Action.REPLACE, Action.MOVE) and not change.address.startswith("machine.replaced.")


def _curing(patient: Patient, globs: tuple[str, ...]) -> Iterator[Change]:
    yield from patient.changes(*globs)
    yield from (one for one in health.changes(patient) if one.address in globs)


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _words(patient: Patient) -> Iterator[Found]:
    """What resources refuse or note, in their own words."""
    checked = {check.code for check in CHECKS}
    for word in patient.words:
        known = KNOWN.get(word.code, Known(word.code))
        if word.code in ALWAYS or (isinstance(word, Notice) and word.code in checked and _hidden_twin(word, patient)):
            continue
        note = isinstance(word, Notice) and word.code not in checked
        yield Diagnosis(word.code, word.what, word.why, word.remedy, False, known.link, known.row, note), ()


def _hidden_twin(word: Notice, patient: Patient) -> bool:
    """Whether a check of the same code says it, too."""
    return any(tuple(check.look(patient)) for check in CHECKS if check.code == word.code)


def _unhidden(found: Iterable[Found]) -> list[Found]:
    found = list(found)
    hiding = {code: globs for code, globs in _hiding() if any(one.code == code for one, _ in found)}

    def follows(code: str) -> bool:
        return any(code != by and any(fnmatchcase(code, glob) for glob in globs) for by, globs in hiding.items())

    return [one for one in found if not follows(one[0].code)]


def _hiding() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((check.code, check.hides) for check in CHECKS)
    yield from ((known.code, known.hides) for known in KNOWN.values())


def _differs(patient: Patient, codes: frozenset[str]) -> list[Diagnosis]:
    """One note of all that differs and that no note in `codes` speaks of."""
    told = [glob for check in CHECKS if check.code in codes for glob in (*check.heals, *check.covers)]
    spoken = {change.address for change in patient.changes(*told)}
    left = [change.address for change in patient.changes("*") if change.address not in spoken]
    if not left:
        return []
    more = f", … {len(left) - 3} more" if len(left) > 3 else ""
    what = f"{len(left)} differences: {', '.join(left[:3])}{more}"
    why = "the Mac works, but is not as the lab file says"
    return [
        Diagnosis(DIFFERS, what, why, "carbon-fleet drift LAB says why, carbon-fleet apply LAB mends it", note=True)
    ]
