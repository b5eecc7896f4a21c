"""A model of brew: what each of our commands does to a Homebrew, and which it would refuse.

It reads the commands' argument lists only. A refusal of the real brew (an untrusted tap, a conflict, a tap that one keg
came from) is an AssertionError here. So is an install above an unlinked formula: only older brews refuse that, newer
ones leave it unlinked.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import strategies as st

from carbon_fleet.plan import Change
from carbon_fleet.spec import VersionBound
from operations.homebrew import FormulaSeen, FormulaWish, Homebrew, HomebrewSeen, Receipt, TapSeen

OFFERED = "9.9.9"
KRUN = ("libkrun/krun/libkrun", "libkrun/krun/libkrunfw", "libkrun/krun/gvproxy", "libkrun/krun/virglrenderer-krun")
NEEDS = (*KRUN, "molten-vk", "libepoxy")
OLD = ("slp/krunkit", "slp/krun")
CUSTOM = "https://git.lab.example/mirror/krun"
TAPS_OF = {
    "podman": ("homebrew/core", "foo/bar"),
    "jq": ("homebrew/core",),
    "molten-vk": ("homebrew/core",),
    "libepoxy": ("homebrew/core",),
    "krunkit": ("libkrun/krun", *OLD),
    "libkrun": ("libkrun/krun", *OLD),
    "libkrunfw": ("libkrun/krun", *OLD),
    "gvproxy": ("libkrun/krun", *OLD),
    "virglrenderer-krun": ("libkrun/krun", "slp/krun"),
    "virglrenderer": ("homebrew/core", "libkrun/krun", *OLD),
    "libkrun-efi": OLD,
    "krunvm": ("libkrun/krun", *OLD),
}


def strategy_wanted() -> st.SearchStrategy[Homebrew]:
    """Wishes a lab file could hold and its checks would pass."""
    bound = st.sampled_from([VersionBound("*"), VersionBound(">=5.6"), VersionBound(">=9")])
    wish = st.builds(FormulaWish, version=bound, pin=st.booleans())
    names = ["podman", "libkrun/krun/krunkit", "jq", *KRUN, "molten-vk", "foo/bar/tool"]
    return st.builds(
        Homebrew,
        taps=st.sampled_from([("libkrun/krun", "foo/bar"), ("foo/bar", "libkrun/krun", "slp/krun")]),
        formulae=st.dictionaries(st.sampled_from(names), st.none() | wish, max_size=6),
        casks=st.sampled_from([(), ("podman-desktop",), ("podman-desktop", "foo/bar/other")]),
    )


def strategy_seen() -> st.SearchStrategy[HomebrewSeen]:
    """Homebrews with every mess that is known."""
    names = ["libkrun/krun", "foo/bar", *OLD]
    remotes = {name: st.sampled_from([None, CUSTOM, _usual(name), _usual(name) + ".git"]) for name in names}
    taps = st.fixed_dictionaries(
        {}, optional={name: st.builds(TapSeen, st.booleans(), remotes[name]) for name in names}
    )
    formulae = st.fixed_dictionaries({}, optional={name: _formula(name) for name in TAPS_OF})
    return st.builds(
        HomebrewSeen,
        trusts=st.booleans(),
        taps=taps,
        trusted=st.frozensets(st.sampled_from(["libkrun/krun", CUSTOM, "foo/bar", "slp/krun"])),
        trusted_alone=st.frozensets(st.sampled_from(["libkrun/krun/krunkit", "slp/krunkit/krunkit", "foo/bar/tool"])),
        formulae=formulae,
        casks=st.dictionaries(st.sampled_from(["podman-desktop", "other"]), st.sampled_from([(), ("1.0",)])),
    ).map(_possible)


def _usual(tap: str) -> str:
    return f"https://github.com/{tap.replace('/', '/homebrew-')}"


def _formula(name: str) -> st.SearchStrategy[FormulaSeen]:
    needs = st.just(NEEDS) | st.just(("libkrun/krun/virglrenderer", *NEEDS[:3])) if name == "krunkit" else st.just(())
    asked = st.sampled_from([None, True, False])
    receipt = st.none() | st.builds(Receipt, st.sampled_from((*TAPS_OF[name], None)), asked, needs)
    kegs = st.dictionaries(st.sampled_from(["1.0", "5.6.1_1", OFFERED]), receipt, max_size=2)
    return kegs.flatmap(lambda versions: _linked(name, versions))


def _linked(name: str, kegs: Mapping[str, Receipt | None]) -> st.SearchStrategy[FormulaSeen]:
    if not kegs:
        return st.just(FormulaSeen())
    version = st.none() | st.sampled_from(sorted(kegs))
    keg_only = st.booleans() if name == "jq" else st.just(False)
    return st.builds(FormulaSeen, st.just(kegs), version, version, keg_only, st.booleans()).map(
        lambda found: replace(found, linked=None) if found.keg_only else found
    )


def _possible(seen: HomebrewSeen) -> HomebrewSeen:
    # brew never links both: they hold the same files.
    if seen.formula("virglrenderer").linked and seen.formula("virglrenderer-krun").linked:
        return _put(seen, "virglrenderer-krun", replace(seen.formula("virglrenderer-krun"), linked=None))
    return seen


def apply(seen: HomebrewSeen, change: Change) -> HomebrewSeen:
    """The Homebrew after a Change's commands."""
    for command in change.commands:
        words = list(command.argv)
        if words[:2] == ["rm", "-rf"]:
            owner, folder = words[2].split("/")[-2:]
            seen = _untapped(seen, f"{owner}/{folder.removeprefix('homebrew-')}")
            continue
        if words[:2] == ["/bin/sh", "-c"]:  # `at_most`: the command itself stands behind the script
            words = words[4:]
        assert words[0] == "/opt/homebrew/bin/brew"
        names = [word for word in words[2:] if not word.startswith("-")]
        verb = f"{words[1]} --cask" if "--cask" in words else words[1]
        if verb == "tap":
            seen = _tapped(seen, *names)
            continue
        for name in names or [""]:
            seen = VERBS[verb](seen, name)
    return seen


def _put(seen: HomebrewSeen, name: str, formula: FormulaSeen) -> HomebrewSeen:
    return replace(seen, formulae={**seen.formulae, name: formula})


def _tapped(seen: HomebrewSeen, tap: str, remote: str | None = None) -> HomebrewSeen:
    assert remote is None or tap not in seen.taps, "brew would say that its remote is another"
    return replace(seen, taps={tap: TapSeen(True, remote or _usual(tap)), **seen.taps})


def _reference(tap: str, remote: str | None) -> str:
    """What the trust store has for a tap: its name, or its address where that is not the usual one."""
    return tap if remote in (None, _usual(tap), f"{_usual(tap)}.git") else str(remote)


def _untapped(seen: HomebrewSeen, tap: str) -> HomebrewSeen:
    return replace(seen, taps={name: found for name, found in seen.taps.items() if name != tap})


def _untap(seen: HomebrewSeen, tap: str) -> HomebrewSeen:
    left = [name for name, found in seen.formulae.items() if tap in {keg.tap for keg in found.kegs.values() if keg}]
    assert not left, f"brew would refuse to untap {tap}: {left}"
    return _untapped(seen, tap)


def _trust(seen: HomebrewSeen, tap: str) -> HomebrewSeen:
    assert seen.trusts, "this brew has no `trust`"
    return replace(seen, trusted=seen.trusted | {_reference(tap, seen.taps[tap].remote)})


def _untrust(seen: HomebrewSeen, tap: str) -> HomebrewSeen:
    assert seen.trusts, "this brew has no `untrust`"
    alone = frozenset(name for name in seen.trusted_alone if not name.startswith(f"{tap}/"))
    named = _reference(tap, seen.taps[tap].remote) if tap in seen.taps else tap
    return replace(seen, trusted=seen.trusted - {named}, trusted_alone=alone)


def _install(seen: HomebrewSeen, name: str, on_request: bool = True) -> HomebrewSeen:
    short, tap = name.rpartition("/")[2], name.rpartition("/")[0] or "homebrew/core"
    if not tap.startswith("homebrew/"):
        assert seen.taps[tap].complete, f"{tap} is not tapped"
        trusted = _reference(tap, seen.taps[tap].remote) in seen.trusted
        assert trusted or not seen.trusts, f"brew would refuse to load {name}"
    if seen.formula(short).kegs:
        return _requested(seen, name) if on_request else seen
    for need in NEEDS if short == "krunkit" else ():
        seen = _install(seen, need, on_request=False)
    for need in NEEDS if short == "krunkit" else ():
        found = seen.formula(need.rpartition("/")[2])
        assert found.linked, f"You must `brew link {need}` before {name} can be installed"
    assert short != "virglrenderer-krun" or not seen.formula("virglrenderer").linked, "conflict"
    receipt = Receipt(tap, on_request, NEEDS if short == "krunkit" else ())
    return _put(seen, short, FormulaSeen({OFFERED: receipt}, OFFERED, OFFERED))


def _upgrade(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    short = name.rpartition("/")[2]
    found = seen.formula(short)
    assert found.kegs
    assert not found.pinned, "brew would not upgrade what is pinned"
    if OFFERED in found.kegs:
        return seen
    receipt = found.kegs[found.version]
    return _put(seen, short, replace(found, kegs={OFFERED: receipt}, opt=OFFERED, linked=found.linked and OFFERED))


def _link(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    found = seen.formula(name)
    assert found.kegs
    if found.linked == found.latest or found.keg_only:
        return seen
    rival = {"virglrenderer": "virglrenderer-krun", "virglrenderer-krun": "virglrenderer"}.get(name, "")
    assert not seen.formula(rival).linked, "conflict"
    return _put(seen, name, replace(found, linked=found.latest, opt=found.latest))


def _unlink(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    return _put(seen, name, replace(seen.formula(name), linked=None))


def _pin(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    assert seen.formula(name).kegs
    return _put(seen, name, replace(seen.formula(name), pinned=True))


def _unpin(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    return _put(seen, name, replace(seen.formula(name), pinned=False))


def _uninstall(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    assert seen.formula(name).kegs
    return _put(seen, name, FormulaSeen())


def _requested(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    short = name.rpartition("/")[2]
    found = seen.formula(short)
    # `brew tab` and `brew install` mark the keg in use only.
    receipt = found.receipt and replace(found.receipt, on_request=True)
    return _put(seen, short, replace(found, kegs={**found.kegs, found.version: receipt}))


def _cask(seen: HomebrewSeen, name: str) -> HomebrewSeen:
    return replace(seen, casks={**seen.casks, name.rpartition("/")[2]: ("2.0",)})


VERBS: dict[str, Callable[[HomebrewSeen, str], HomebrewSeen]] = {
    "tap": _tapped,
    "untap": _untap,
    "trust": _trust,
    "untrust": _untrust,
    "update": lambda seen, name: seen,
    "install": _install,
    "install --cask": _cask,
    "upgrade": _upgrade,
    "uninstall": _uninstall,
    "link": _link,
    "unlink": _unlink,
    "pin": _pin,
    "unpin": _unpin,
    "tab": _requested,
}
