"""What krunkit stands on: parts of the taps it came from before, and a virglrenderer without Venus, are in its way.

The tap moved slp/krunkit → slp/krun → libkrun/krun; libkrun-efi ended with krunkit 1.2.0; virglrenderer was renamed
virglrenderer-krun, while homebrew-core's own of the old name has no Venus (sources: the formulae of both taps;
Homebrew's `trust.rb` and `cmd/untrust.rb`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice
from operations.homebrew.commands import Brew
from operations.homebrew.install import CUT_OFF, Install, address_of, links, to_be, unlinked
from operations.homebrew.seen import FormulaSeen, HomebrewSeen
from operations.homebrew.wish import KRUN_TAP, KRUNKIT, VENUS, Homebrew, short

OLD_TAPS = ("slp/krunkit", "slp/krun")
PARTS, CORE_PARTS = ("libkrun", "libkrunfw", "gvproxy", "virglrenderer-krun"), ("molten-vk", "libepoxy")
FAMILY = ("krunkit", *PARTS, *CORE_PARTS, "libkrun-efi", "virglrenderer")
"""All whose kegs, links and receipts the probe looks at besides the wished ones."""


def krun_installs(
    wanted: Homebrew, seen: HomebrewSeen, brew: Brew, others: tuple[str, ...], leaves: Callable[[str], bool]
) -> Iterator[Install]:
    """What is to be removed or installed anew below krunkit; `others` are the full names installed anyway.

    Where krunkit itself is installed anew it brings its parts along. They are not named then: brew would note them as
    asked for, and trust each alone, which a run that was cut off and repeated would not.
    """
    planned = {short(name) for name in (*others, *wanted.wished)}
    brings = KRUNKIT in others and not leaves(address_of(KRUNKIT))
    for install in _installs(wanted, seen, brew, others, planned):
        yield replace(install, name=None) if brings and install.name else install


def _installs(
    wanted: Homebrew, seen: HomebrewSeen, brew: Brew, others: tuple[str, ...], planned: set[str]
) -> Iterator[Install]:
    yield from virglrenderer_installs(seen, brew, planned)
    yield from _leftover(seen, brew, planned)
    for part in (*(f"{KRUN_TAP}/{part}" for part in PARTS), *CORE_PARTS):
        if short(part) not in planned and (install := _part(part, seen.formula(short(part)), brew)):
            planned.add(short(part))
            yield install
    for need in _needs(wanted, seen) if KRUNKIT not in others else ():
        if short(need) not in planned and not seen.formula(short(need)).kegs and short(need) not in seen.aliases:
            attributes = (Attribute("version", None, "*"),)
            yield Install(
                address_of(need), Action.CREATE, attributes, "krunkit was built against it; it is gone", (), need
            )


def _taps(found: FormulaSeen) -> set[str]:
    return {receipt.tap.lower() for receipt in found.kegs.values() if receipt and receipt.tap}


def _part(name: str, found: FormulaSeen, brew: Brew) -> Install | None:
    clears, address = (brew.uninstall(short(name)),), address_of(name)
    if not found.whole:
        attributes = (Attribute("installed", "in part", "whole"),)
        return Install(address, Action.UPDATE, attributes, CUT_OFF, clears, name)
    if old := next((tap for tap in OLD_TAPS if tap in _taps(found)), None):
        attributes = (Attribute("tap", old, KRUN_TAP),)
        reason = f"krunkit of {KRUN_TAP} needs that tap's own; two taps' parts together end in `abort trap` (dyld)"
        return Install(address, Action.UPDATE, attributes, reason, clears, name)
    if unlinked(found):
        attributes = (Attribute("linked", None, found.latest),)
        reason = "krunkit finds it by its links only, and older brews install nothing that needs an unlinked formula"
        return Install(address, Action.UPDATE, attributes, reason, links(short(name), found, brew))
    return None


def virglrenderer_installs(seen: HomebrewSeen, brew: Brew, planned: set[str]) -> Iterator[Install]:
    """What takes another virglrenderer out of the way of the one with Venus; `planned` are short names, added to."""
    found, own = seen.formula("virglrenderer"), "virglrenderer"
    renamed = bool(_taps(found) & {*OLD_TAPS, KRUN_TAP}) or not found.whole
    if not renamed and found.linked is None:
        return
    name = None if seen.formula("virglrenderer-krun").kegs or "virglrenderer-krun" in planned else VENUS
    planned |= {short(name)} if name else set()
    if renamed:
        reason = f"it has been renamed {VENUS}: the old name's keg is in the new one's way"
        attributes = (Attribute("version", found.version, None),)
        yield Install(address_of(own), Action.DELETE, attributes, reason, (brew.uninstall(own),), name)
    else:
        reason = f"it has no Venus, and stands in the place of {VENUS}; it is unlinked, not removed: others may need it"
        attributes = (Attribute("linked", found.linked, None),)
        yield Install(address_of(own), Action.UPDATE, attributes, reason, (brew("unlink", own),), name)


def _leftover(seen: HomebrewSeen, brew: Brew, planned: set[str]) -> Iterator[Install]:
    found, own = seen.formula("libkrun-efi"), "libkrun-efi"
    if found.kegs and own not in planned:
        attributes = (Attribute("version", found.version, None),)
        reason = "krunkit uses plain libkrun since 1.2.0; with both there the older one may be loaded"
        yield Install(address_of(own), Action.DELETE, attributes, reason, (brew.uninstall(own),))


def _needs(wanted: Homebrew, seen: HomebrewSeen) -> tuple[str, ...]:
    found = seen.formula("krunkit")
    receipt = found.kegs.get(to_be(found, wanted.wished[KRUNKIT]))
    names = (VENUS if name == f"{KRUN_TAP}/virglrenderer" else name for name in (receipt.needs if receipt else ()))
    return tuple(dict.fromkeys(name for name in names if short(name) != "libkrun-efi"))


def old_tap_findings(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, removed: set[str]) -> Iterator[Finding]:
    """A former krun tap goes, and the trust in it, once nothing of it is left (`removed` goes in this run).

    Until then a Notice says so. Both are asked of what is there, so a run cut off between them is gone on with.
    """
    wished = {tap.lower() for tap in wanted.taps}
    for tap in (tap for tap in OLD_TAPS if tap not in wished):
        rest = [name for name, found in seen.formulae.items() if name not in removed and tap in _taps(found)]
        if rest and tap in seen.taps:
            yield _in_use(tap, sorted(rest))
        elif not rest:
            yield from _gone(tap, seen, brew)


def _in_use(tap: str, rest: list[str]) -> Notice:
    names = " ".join(rest)
    remedy = f"brew uninstall {names} && brew untap {tap}; or list the tap in `homebrew.taps` to keep it"
    what = f"{tap} is still tapped, and {names} came from it"
    return Notice(f"homebrew.tap.{tap}", "OLD_TAP_IN_USE", what, _SUCCEEDED, remedy)


_SUCCEEDED = f"with it, `krunkit` is in two taps: {KRUN_TAP} has taken its place"


def _gone(tap: str, seen: HomebrewSeen, brew: Brew) -> Iterator[Change]:
    if tap in seen.taps:
        attribute = Attribute("tapped", True, False)
        yield Change(f"homebrew.tap.{tap}", Action.DELETE, (attribute,), _SUCCEEDED, (brew("untap", tap),))
    trusted = sorted(name for name in (*seen.trusted, *seen.trusted_alone) if f"{name}/".startswith(f"{tap}/"))
    if seen.trusts and trusted:
        reason = f"nothing comes from there any more, and {KRUN_TAP} is trusted in its place"
        attribute = Attribute("trusted", " ".join(trusted), None)
        # Taking it from a tap takes it from the tap's single formulae, too (`cmd/untrust.rb`).
        yield Change(f"homebrew.trust.{tap}", Action.DELETE, (attribute,), reason, (brew("untrust", tap),))
