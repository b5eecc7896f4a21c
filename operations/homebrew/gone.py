"""What was in Homebrew before, and the way back to it: only what came with us goes.

brew itself says who needs a formula (`brew uses --installed`): what others need by now stays. Versions do not go back:
Homebrew has no older ones.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, World, mac, shell
from operations import runtimes
from operations.homebrew.commands import INSTALL, Brew, at_most
from operations.homebrew.install import address_of
from operations.homebrew.seen import HomebrewSeen
from operations.homebrew.taps import address as trusted_as
from operations.homebrew.wish import BUILT_IN, FormulaWish, Homebrew, held, short, tap_of

KEGS = "homebrew.kegs"
TRUSTED = "homebrew.trusted"
"""Of a journal: the addresses in which there was trust, as brew has it for taps that are not at their usual place."""
REASON = "it was not there before"


def found(wanted: Homebrew, seen: HomebrewSeen) -> Mapping[str, Any]:
    """Which of the wished things are there, and what else is installed."""
    kegs = sorted(name for name, formula in seen.formulae.items() if formula.kegs)
    told: dict[str, Any] = {KEGS: kegs, TRUSTED: sorted(entry for entry in seen.trusted if "://" in entry)}
    for name in wanted.wished:
        told[address_of(name)] = short(name) in kegs
        told[f"homebrew.pin.{name}"] = seen.formula(short(name)).pinned
    for tap in (tap.lower() for tap in wanted.taps):
        told[f"homebrew.tap.{tap}"] = tap in seen.taps
        told[f"homebrew.trust.{tap}"] = tap in seen.trusted
    return told | {f"homebrew.cask.{cask}": bool(seen.casks.get(short(cask))) for cask in wanted.casks}


def absent(wanted: Homebrew) -> Mapping[str, Any]:
    """What `found` would have told of a Homebrew that has none of the wished things."""
    names = [*map(address_of, wanted.wished), *(f"homebrew.pin.{name}" for name in wanted.wished)]
    taps = [f"homebrew.{kind}.{tap.lower()}" for tap in wanted.taps for kind in ("tap", "trust")]
    casks = [f"homebrew.cask.{cask}" for cask in wanted.casks]
    return {KEGS: [], TRUSTED: [], **dict.fromkeys([*names, *taps, *casks], False)}


def removal(wanted: Homebrew, seen: HomebrewSeen, before: Mapping[str, Any], world: World) -> Iterator[Change]:
    """Formulae first, then casks, taps and the trust in them: brew loads a formula to uninstall it."""
    if not seen.present:
        return
    brew = Brew(wanted.prefix, world.mac.mirror, wanted.tap_urls)
    yield from _pins(held(wanted, world.mac), seen, before, brew)
    wanted = once(wanted, before, machine=runtimes.podman(world.mac))
    yield from _formulae(wanted, seen, before, brew)
    for cask in wanted.casks:
        if before.get(f"homebrew.cask.{cask}") is False and seen.casks.get(short(cask)):
            command = brew("uninstall", "--cask", cask, deadline=INSTALL)
            yield _gone(f"homebrew.cask.{cask}", "installed", True, command)
    yield from _taps(wanted, seen, before, brew)


def once(wanted: Homebrew, before: Mapping[str, Any], *, machine: bool) -> Homebrew:
    """The wish with all that the lab file named at some time, and that was not there then: that came with it.

    But for what a Podman machine needs where none is wished (`machine`) any more: one may be there, with its volumes,
    and nobody looks.
    """
    stays = set() if machine else {*BUILT_IN, *(tap_of(name) for name in BUILT_IN)}
    absent = [address for address, was in before.items() if was is False]
    names = {kind: _named(kind, absent, stays) for kind in ("formula", "cask", "tap")}
    formulae = {name: FormulaWish() for name in names["formula"] if name not in wanted.wished} | dict(wanted.wished)
    casks = (*wanted.casks, *(name for name in names["cask"] if name not in wanted.casks))
    taps = (*wanted.taps, *(name for name in names["tap"] if name not in {tap.lower() for tap in wanted.taps}))
    return wanted.model_copy(update={"formulae": formulae, "casks": casks, "taps": taps})


def _named(kind: str, absent: Sequence[str], stays: Collection[str]) -> list[str]:
    names = [one.removeprefix(f"homebrew.{kind}.") for one in absent if one.startswith(f"homebrew.{kind}.")]
    return [name for name in names if name not in stays]


def _formulae(wanted: Homebrew, seen: HomebrewSeen, before: Mapping[str, Any], brew: Brew) -> Iterator[Change]:
    names = [name for name in wanted.wished if before.get(address_of(name)) is False and seen.formula(short(name)).kegs]
    ours = [short(name) for name in names]
    come = list(_came_along(ours, seen, {*before.get(KEGS, ()), *map(short, wanted.wished)}))
    for name in names:
        argv = shell(assets.text("homebrew/leave.sh"), brew.program, *reversed(ours), "--", *come)
        says = f"brew uninstall {' '.join([*ours, *come])}"
        command = mac(*argv, deadline=INSTALL, env=brew("uninstall").env, says=says)
        commands = (command,) if name == names[-1] else ()
        along = [Attribute("came along", ", ".join(come), None)] if commands and come else []
        version = Attribute("version", seen.formula(short(name)).version, None)
        yield Change(address_of(name), Action.DELETE, (version, *along), REASON, commands)


def _came_along(ours: Sequence[str], seen: HomebrewSeen, kept: set[str]) -> Iterator[str]:
    """The short names of what our formulae need, is installed, and was not there before."""
    receipts = [receipt for name in ours for receipt in seen.formula(name).kegs.values() if receipt]
    needs = dict.fromkeys(short(need) for receipt in receipts for need in receipt.needs)
    yield from (need for need in needs if need not in kept and seen.formula(need).kegs)


def _pins(wanted: Homebrew, seen: HomebrewSeen, before: Mapping[str, Any], brew: Brew) -> Iterator[Change]:
    for name, wish in wanted.wished.items():
        stays = before.get(address_of(name)) is True
        if stays and wish.pin and seen.formula(short(name)).pinned and before.get(f"homebrew.pin.{name}") is False:
            attribute = Attribute("pin", True, False)
            yield Change(address_of(name), Action.UPDATE, (attribute,), REASON, (brew("unpin", short(name)),))


def _taps(wanted: Homebrew, seen: HomebrewSeen, before: Mapping[str, Any], brew: Brew) -> Iterator[Change]:
    for tap in (tap.lower() for tap in wanted.taps):
        yield from _address(tap, seen, before, brew)
        if before.get(f"homebrew.tap.{tap}") is False and tap in seen.taps:
            yield _gone(f"homebrew.tap.{tap}", "tapped", True, brew("untap", tap))
        if before.get(f"homebrew.trust.{tap}") is False and seen.trusts and tap in seen.trusted:
            ours = [name for name in wanted.wished if tap_of(name) == tap]
            # An install by a full name has trusted that formula, too; where not, brew may say so as an error.
            each = tuple(at_most(brew("untrust", "--formula", name)) for name in ours)
            yield _gone(f"homebrew.trust.{tap}", "trusted", True, *each, brew("untrust", tap))


def _address(tap: str, seen: HomebrewSeen, before: Mapping[str, Any], brew: Brew) -> Iterator[Change]:
    """Trust in a tap by the mirror's address. While the tap is there brew knows it by its name, and not afterwards."""
    remote = (seen.taps[tap].remote or "").lower() if tap in seen.taps else ""
    entries = {entry for entry in seen.trusted if remote and trusted_as(entry) == trusted_as(remote)}
    if entries - {tap} and before.get(f"homebrew.trust.{tap}") is False and not entries & {*before.get(TRUSTED, ())}:
        yield _gone(f"homebrew.trust.{tap}", "address", remote, brew("untrust", tap))


def _gone(address: str, name: str, value: str | bool, *commands: Command) -> Change:
    return Change(address, Action.DELETE, (Attribute(name, value, None),), REASON, commands)
