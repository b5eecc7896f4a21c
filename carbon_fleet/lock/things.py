"""The things that have to fit together, by name: what rules are over, what a lock holds, what a solver may move."""

from collections.abc import Mapping
from dataclasses import dataclass

from carbon_fleet.spec.locked import NONE as NONE


@dataclass(frozen=True)
class Thing:
    """One layer. `versioned`: rules compare it as a version, else as words. `formula` is its full name in Homebrew.

    `moved_by` names the version in a Mac's record (`plan/applied.py`) whose move is its move.
    """

    what: str
    versioned: bool = True
    formula: str = ""
    moved_by: str = ""


def _poured(name: str, what: str) -> Thing:
    return Thing(what, formula=name, moved_by=f"homebrew.formula.{name}")


_KRUN = "libkrun/krun"
THINGS: Mapping[str, Thing] = {
    "chip": Thing("the Mac's processor", versioned=False),
    "macos": Thing("macOS and its build", moved_by="macos"),
    "homebrew": Thing("Homebrew itself", moved_by="homebrew"),
    "tap": Thing("the tap krunkit came from", versioned=False, moved_by="homebrew.formula.libkrun/krun/krunkit"),
    "trust": Thing("whether the login user trusts that tap: `yes`, `no`", versioned=False),
    "podman": _poured("podman", "podman on the Mac"),
    "krunkit": _poured(f"{_KRUN}/krunkit", "what starts the machine"),
    "libkrun": _poured(f"{_KRUN}/libkrun", "the machine's monitor"),
    "libkrunfw": _poured(f"{_KRUN}/libkrunfw", "libkrun's own kernel, which a Podman machine does not start"),
    "gvproxy": _poured(f"{_KRUN}/gvproxy", "the tap's gvproxy; podman brings one of its own"),
    "virglrenderer-krun": _poured(f"{_KRUN}/virglrenderer-krun", "the renderer with Venus"),
    "libkrun-efi": _poured("libkrun-efi", "libkrun's old flavour, of krunkit until 1.1.1"),
    "virglrenderer": _poured("virglrenderer", "homebrew-core's renderer, where it is linked: it has no Venus"),
    "molten-vk": _poured("molten-vk", "MoltenVK: Vulkan on Metal"),
    "libepoxy": _poured("libepoxy", "which libkrun and its renderer load"),
    "provider": Thing("what runs the machine: `libkrun`, `applehv`", versioned=False),
    "machine-os": Thing("the system in the machine", versioned=False, moved_by="guest.os"),
    "machine-image": Thing("the image the machine was made of, by its sha256", versioned=False, moved_by="guest.os"),
    "kernel": Thing("the machine's kernel", moved_by="guest.os"),
    "machine-podman": Thing("podman in the machine", moved_by="guest.os"),
    "mesa": Thing("the Mesa of the Venus layer: a version, or a package with its release"),
    "mesa-rounding": Thing("whether that Mesa rounds to 16 KiB by itself: `yes`, `no`", versioned=False),
}
"""Besides them there are `formula.NAME` (what else the lab file wishes), `image.NAME` and `model.NAME`."""
STACK = tuple(name for name, thing in THINGS.items() if thing.formula)
"""The things that are formulae, by the name that is their short one in Homebrew, too."""


def name_of(formula: str) -> str:
    """What a formula is called here, by its short name in Homebrew."""
    return formula if formula in STACK else f"formula.{formula}"


def follows_wish(name: str) -> bool:
    """Whether a thing is what the lab file makes it, so that no update moves it by itself."""
    return name.startswith(("image.", "model.", "mesa")) or name == "provider"
