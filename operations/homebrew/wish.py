"""What a lab file may say of Homebrew."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator

from carbon_fleet.spec import AbsolutePath, Formula, Mac, Problem, Tap, VersionBound, Wish
from carbon_fleet.spec.pulled import GitAddress
from operations import runtimes

KRUN_TAP = "libkrun/krun"
KRUNKIT = f"{KRUN_TAP}/krunkit"
VENUS = f"{KRUN_TAP}/virglrenderer-krun"
"""The virglrenderer that has Venus, and that cannot be linked beside homebrew-core's own."""
BUILT_IN: dict[str, dict[str, Any]] = {"podman": {"version": ">=5.6"}, KRUNKIT: {"version": ">=1.3.2"}}
"""What a GPU machine needs: podman from 5.6 starts krunkit nested, krunkit from 1.3.2 keeps file permissions right."""


class FormulaWish(Wish):
    """What is wished of one formula."""

    version: VersionBound = VersionBound("*")
    """Which installed versions will do; an older one is upgraded."""
    pin: bool = False
    """Whether `brew upgrade` leaves it alone. Left out, it is yes where the lab's lock file names the formula."""


class Homebrew(Wish):
    """What `homebrew:` in a lab file may say."""

    prefix: AbsolutePath = "/opt/homebrew"
    """Where Homebrew is; bottles for Apple Silicon are made for /opt/homebrew."""
    taps: tuple[Tap, ...] = (KRUN_TAP,)
    """Taps that are tapped, and trusted for the login user."""
    tap_urls: dict[Tap, GitAddress] = Field(default_factory=dict)
    """Where a tap is that is not at its usual place on GitHub, such as one that `carbon-fleet lock --tap` made."""
    formulae: dict[Formula, FormulaWish | None] = Field(default_factory=lambda: _built_in())
    """Formulae by full name, added to the built-in ones; `null` leaves one out that is inherited or built in."""
    casks: tuple[Formula, ...] = ()
    """Casks that are installed, in whatever version."""

    @field_validator("formulae", mode="before")
    @classmethod
    def _over_the_built_in(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {**BUILT_IN, **{name: _over(BUILT_IN.get(name, {}), wish) for name, wish in value.items()}}

    @property
    def wished(self) -> dict[str, FormulaWish]:
        """The formulae that are not left out."""
        return {name: wish for name, wish in self.formulae.items() if wish is not None}

    @property
    def krun(self) -> bool:
        """Whether krunkit's own tap is wished for, and with it that no older tap's parts are in its way."""
        return KRUNKIT in self.wished

    @property
    def venus(self) -> bool:
        """Whether the virglrenderer with Venus is wished for, by its name or as a part of krunkit."""
        return self.krun or VENUS in self.wished


def _built_in() -> dict[str, FormulaWish | None]:
    return {name: FormulaWish.model_validate_json(json.dumps(wish)) for name, wish in BUILT_IN.items()}


def _over(built_in: dict[str, Any], wish: Any) -> Any:
    return {**built_in, **wish} if isinstance(wish, dict) else wish


DOCKER = "docker-desktop"
"""The cask of Docker Desktop; `docker` is its former name."""
UV: dict[str, Any] = {"version": ">=0.8"}
"""uv since `uv python install` puts programs on no PATH when it is told so (`--no-bin`)."""
APPLE = "container"
"""The formula of Apple's `container`."""
OLDEST_APPLE = ">=1.0"


def fitted(wanted: Homebrew, mac: Mac) -> Homebrew:
    """The wish with what this Mac's runtimes need of Homebrew: the one place that knows.

    A Mac without a Podman machine needs neither the built-in formulae nor their tap, one whose machine has no GPU no
    krunkit, unless the lab file says more of them than is built in; one that runs Docker Desktop needs its cask, one
    with Python environments uv, one that runs Apple's `container` that formula, one that runs programs of its own the
    formulae that bring them. What is no Mac with Apple Silicon has nothing of it.
    """
    if not runtimes.brewed(mac):
        return wanted.model_copy(update={"formulae": {}, "taps": (), "tap_urls": {}, "casks": ()})
    more: dict[str, Any] = {}
    built_in = _built_in()
    idle = set(built_in) if not runtimes.podman(mac) else set() if runtimes.machine_gpu(mac) else {KRUNKIT}
    if idle:
        kept = {name: wish for name, wish in wanted.formulae.items() if name not in idle or wish != built_in[name]}
        more["formulae"] = kept
        if "taps" not in wanted.model_fields_set:
            more["taps"] = tuple(tap for tap in wanted.taps if any(tap_of(name) == tap for name in kept))
    if runtimes.environments(mac) and "uv" not in map(short, wanted.formulae):
        uv = FormulaWish.model_validate_json(json.dumps(UV))
        more["formulae"] = {**more.get("formulae", wanted.formulae), "uv": uv}
    if runtimes.apple_container(mac) and APPLE not in map(short, wanted.formulae):
        formulae = more.get("formulae", wanted.formulae)
        more["formulae"] = {**formulae, APPLE: FormulaWish(version=VersionBound(OLDEST_APPLE))}
    if runtimes.docker(mac) and not {"docker", DOCKER} & set(map(short, wanted.casks)):
        more["casks"] = (*wanted.casks, DOCKER)
    lacking = [name for name in runtimes.native_formulae(mac) if name not in wanted.formulae]
    if lacking:
        more["formulae"] = {**more.get("formulae", wanted.formulae), **{name: FormulaWish() for name in lacking}}
    return wanted.model_copy(update=more) if more else wanted


def without(wanted: Homebrew, brought: frozenset[str]) -> Homebrew:
    """The wish without formulae of ours whose program somebody brought by its maker's own installer."""
    kept = {name: wish for name, wish in wanted.formulae.items() if name not in brought}
    return wanted.model_copy(update={"formulae": kept}) if len(kept) < len(wanted.formulae) else wanted


def held(wanted: Homebrew, mac: Mac) -> Homebrew:
    """The wish with a pin on each formula that the lab's lock file names, unless its own `pin` says otherwise."""
    locked = mac.locked
    if locked is None:
        return wanted
    pinned = {
        name: wish.model_copy(update={"pin": True})
        for name, wish in wanted.wished.items()
        if "pin" not in wish.model_fields_set and locked.holds(short(name))
    }
    return wanted.model_copy(update={"formulae": {**wanted.formulae, **pinned}})


def short(name: str) -> str:
    """A formula's name without its tap: what its folder in the Cellar is called."""
    return name.rpartition("/")[2]


def tap_of(name: str) -> str:
    """The tap a full name says; Homebrew's own for a bare name."""
    return name.rpartition("/")[0].lower() or "homebrew/core"


def check(wanted: Homebrew, mac: Mac) -> Iterator[Problem]:
    """Formulae and addresses of taps that are not listed, two of one name, and what cannot be beside krunkit."""
    taps = {tap.lower() for tap in wanted.taps}
    for tap in wanted.tap_urls:
        if tap.lower() not in taps:
            yield Problem(
                ("homebrew", "tap_urls", tap), "this tap is not listed", "nothing would come from it", _add(tap)
            )
    owner: dict[str, str] = {}
    for name in wanted.wished:
        path = ("homebrew", "formulae", name)
        tap, first = tap_of(name), owner.setdefault(short(name), name)
        if not tap.startswith("homebrew/") and tap not in taps:
            yield Problem(path, "its tap is not listed", "brew loads nothing of a tap nobody trusts", _add(tap))
        if first != name:
            why = "only one of them can be installed"
            yield Problem(path, f"`{first}` has the same name", why, f"write `{first}: null` to leave that one out")
    if wanted.venus and "virglrenderer" in owner:
        path = ("homebrew", "formulae", owner["virglrenderer"])
        why = f"it has no Venus, and its place is that of {VENUS}, which krunkit needs"
        yield Problem(
            path, "it cannot be linked beside the one with Venus", why, f"write `{owner['virglrenderer']}: null`"
        )


def _add(tap: str) -> str:
    return f"add `{tap}` to `homebrew.taps`"
