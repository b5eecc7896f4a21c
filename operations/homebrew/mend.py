"""Formulae that are installed as they should be, but not in the wished version, not linked, or not pinned as wished.

A missing link is made, and a pin that is not wished taken away, before the one install: brew refuses to install what
needs a newer formula than the pinned one, and older brews what needs an unlinked one (source: formula_installer.rb).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal
from operations.homebrew.commands import Brew
from operations.homebrew.install import MACHINE_PARTS, STAKE, Install, address_of, links, to_be, unlinked
from operations.homebrew.seen import FormulaSeen, HomebrewSeen
from operations.homebrew.version import no_way_back, too_new
from operations.homebrew.wish import FormulaWish, Homebrew, short


@dataclass
class _Mending:
    name: str
    attributes: list[Attribute] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    before: list[Command] = field(default_factory=list)
    after: list[Command] = field(default_factory=list)

    def add(self, attribute: Attribute, reason: str) -> None:
        self.attributes.append(attribute)
        self.reasons.append(reason)

    @property
    def upgrades(self) -> bool:
        return any(command.argv[1] == "upgrade" for command in self.after)

    def install(self) -> Install:
        attributes, reason = tuple(self.attributes), "; ".join(self.reasons)
        address, before, after = address_of(self.name), tuple(self.before), tuple(self.after)
        return Install(address, Action.UPDATE, attributes, reason, before, None, after)

    def change(self) -> Change:
        attributes, reason = tuple(self.attributes), "; ".join(self.reasons)
        stake = STAKE if self.upgrades and short(self.name) in MACHINE_PARTS else ()
        return Change(address_of(self.name), Action.UPDATE, attributes, reason, tuple(self.after), stake)


def mends(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, anew: Iterable[str]) -> tuple[list[Install], list[Finding]]:
    """What begins before the one install, and what follows it; `anew` (short names) are seen to already.

    The first upgrade is preceded by one `brew update`: with automatic updates off, brew only knows what was on offer
    when it last looked, and no bound could ever be met.
    """
    found = list(_mendings(wanted, seen, brew, frozenset(anew)))
    refusals = [each for each in found if isinstance(each, Refusal)]
    mendings = [each for each in found if isinstance(each, _Mending) and each.attributes]
    sooner, later = [each for each in mendings if each.before], [each for each in mendings if not each.before]
    if upgrading := next((each for each in (*sooner, *later) if each.upgrades), None):
        upgrading.after.insert(0, brew.update())
    return [each.install() for each in sooner], [*refusals, *(each.change() for each in later)]


def _mendings(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, anew: frozenset[str]) -> Iterator[_Mending | Refusal]:
    for name, wish in wanted.wished.items():
        found = seen.formula(short(name))
        if short(name) in anew:
            continue
        if too_new(wish.version, version := to_be(found, wish)):
            yield no_way_back(name, version, wish.version)
        else:
            yield _mending(name, wish, found, brew)


def _mending(name: str, wish: FormulaWish, found: FormulaSeen, brew: Brew) -> _Mending:
    mending, own = _Mending(name), short(name)
    version = to_be(found, wish)
    met = wish.version.allows(found.version)
    moves = not met and wish.version.allows(version)
    upgrades = not met and not moves
    if moves:
        reason = f"{version} is installed, but {found.version} is in use"
        mending.add(Attribute("version", found.version, version), reason)
    if upgrades:
        reason = f"{found.version} is installed; the lab wants {wish.version}"
        mending.add(Attribute("version", found.version, str(wish.version)), reason)
        mending.after.append(brew.upgrade(name))
    if unlinked(found) and not moves:
        mending.add(Attribute("linked", None, found.latest), "it is installed, but not linked into the prefix")
    if unlinked(found) or moves:
        mending.before.extend(links(own, found, brew))
    if (receipt := found.kegs.get(version)) and receipt.on_request is False:
        mending.add(Attribute("on_request", False, True), "`brew autoremove` would remove it")
        mending.after.append(brew("tab", "--formula", "--installed-on-request", name))
    _pin(mending, wish, found, upgrades, brew)
    return mending


def _pin(mending: _Mending, wish: FormulaWish, found: FormulaSeen, upgrades: bool, brew: Brew) -> None:
    own = short(mending.name)
    if found.pinned != wish.pin:
        reason = "it should stay as it is when others are upgraded" if wish.pin else "the lab file does not pin it"
        mending.add(Attribute("pin", found.pinned, wish.pin), reason)
    if found.pinned and (upgrades or not wish.pin):
        mending.before.append(brew("unpin", own))
    if wish.pin and (upgrades or not found.pinned):
        mending.after.append(brew("pin", own))
