"""Formulae that have to be installed anew: missing, cut off, of the wrong tap, or in krunkit's way.

Each has its own Change, yet brew installs them in one go (one resolution, one fetch): every Change first clears its own
way, and the last one holds the one `brew install` for all of them, so that nothing is in its way when it runs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carbon_fleet.plan import Action, Attribute, Change, Command
from operations.homebrew.commands import Brew
from operations.homebrew.seen import FormulaSeen, HomebrewSeen
from operations.homebrew.wish import FormulaWish, Homebrew, short, tap_of

MACHINE_PARTS = ("podman", "krunkit", "libkrun", "libkrunfw", "libkrun-efi", "gvproxy", "virglrenderer", "molten-vk")
STAKE = ("a running Podman machine keeps what it was started with until it is started again",)


@dataclass(frozen=True)
class Install:
    """One formula of the install to come: what clears its way, what is then installed, what is done after it."""

    address: str
    action: Action
    attributes: tuple[Attribute, ...]
    reason: str
    clears: tuple[Command, ...] = ()
    name: str | None = None
    after: tuple[Command, ...] = ()

    @property
    def removes(self) -> frozenset[str]:
        """The short names of the formulae that are uninstalled to clear the way; links clear it, too."""
        return frozenset(command.argv[-1] for command in self.clears if command.argv[1] == "uninstall")


def wished_installs(wanted: Homebrew, seen: HomebrewSeen, brew: Brew) -> Iterator[Install]:
    """The wished formulae that are not there as brew itself would have put them there."""
    for name, wish in wanted.wished.items():
        found = seen.formula(short(name))
        if not found.kegs:
            yield _missing(name, wish, brew)
        elif not found.whole or (found.keg_only and found.opt is None):
            yield _again(name, wish, found, Attribute("installed", "in part", "whole"), CUT_OFF, brew)
        elif tap := found.foreign(tap_of(name)):
            reason = f"it came from {tap}: what it was built with and against is not {tap_of(name)}'s"
            yield _again(name, wish, found, Attribute("tap", tap, tap_of(name)), reason, brew)


CUT_OFF = "an installation was cut off before its end: brew takes the rest of it for installed and never mends it"
"""Why a keg without a receipt is installed again."""


def _missing(name: str, wish: FormulaWish, brew: Brew) -> Install:
    attributes = (Attribute("version", None, str(wish.version)), *_pin(found=FormulaSeen(), wish=wish))
    return Install(
        address_of(name), Action.CREATE, attributes, "it is not installed", (), name, _pins(name, wish, brew)
    )


def _again(name: str, wish: FormulaWish, found: FormulaSeen, attribute: Attribute, reason: str, brew: Brew) -> Install:
    attributes = (attribute, *_pin(found, wish))
    clears, after = (brew.uninstall(short(name)),), _pins(name, wish, brew)
    return Install(address_of(name), Action.UPDATE, attributes, reason, clears, name, after)


def _pin(found: FormulaSeen, wish: FormulaWish) -> tuple[Attribute, ...]:
    return () if found.pinned == wish.pin else (Attribute("pin", found.pinned, wish.pin),)


def _pins(name: str, wish: FormulaWish, brew: Brew) -> tuple[Command, ...]:
    return (brew("pin", short(name)),) if wish.pin else ()


def unlinked(found: FormulaSeen) -> bool:
    """Whether an installed formula lacks the links by which people (bin) and other kegs (opt) find it."""
    return bool(found.kegs) and not found.keg_only and (found.linked is None or found.opt is None)


def to_be(found: FormulaSeen, wish: FormulaWish) -> str:
    """The version in use once the links are mended: what brew links is the highest, whichever was in use before."""
    moves = not wish.version.allows(found.version) and wish.version.allows(found.latest) and not found.keg_only
    return found.latest if moves or unlinked(found) else found.version


def links(name: str, found: FormulaSeen, brew: Brew) -> tuple[Command, ...]:
    """The commands that link the highest version; brew links nothing that it takes for linked already."""
    return (*((brew("unlink", name),) if found.linked else ()), brew("link", name))


def address_of(name: str) -> str:
    """The address of a formula by its full name."""
    return f"homebrew.formula.{name}"


def install_changes(installs: Iterable[Install], brew: Brew, leaves: Callable[[str], bool]) -> Iterator[Change]:
    """The installs as Changes: removals and links first, the one command for all of them on the last.

    Those the run leaves have a command of their own, so that the others' installs none of them.
    """
    every = list(installs)
    yield from _together([install for install in every if not leaves(install.address)], brew)
    yield from _together([install for install in every if leaves(install.address)], brew)


def _together(installs: Sequence[Install], brew: Brew) -> Iterator[Change]:
    ordered = sorted(installs, key=lambda install: install.name is not None)
    names = list(dict.fromkeys(install.name for install in ordered if install.name))
    after = tuple(command for install in ordered for command in install.after)
    together = ((brew.install(*names),) if names else ()) + after
    for install in ordered:
        commands = install.clears + (together if install is ordered[-1] else ())
        part = short(install.address.removeprefix("homebrew.formula."))
        stake = STAKE if part in MACHINE_PARTS and install.action is not Action.CREATE else ()
        yield Change(install.address, install.action, install.attributes, install.reason, commands, stake)
