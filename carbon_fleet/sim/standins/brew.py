"""brew: dispatch, refusals, auto-update, and the verbs that only look."""

from __future__ import annotations

import json
import os
import sys

from . import brew_install, brew_links, brew_services, brew_taps, cellar, formulae
from .disk import facts, fail, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_AUTO_UPDATING = ("install", "upgrade", "tap", "reinstall", "bundle")


def main(argv: list[str]) -> int:
    """Run one brew command."""
    journal(
        ["brew", *argv[1:]],
        env={name: value for name, value in os.environ.items() if "HOMEBREW" in name or name == "NONINTERACTIVE"},
    )
    args = argv[1:]
    if not args:
        fail("Example usage:\n  brew search TEXT|/REGEX/\n  brew install FORMULA|CASK...")
    if os.getuid() == 0 and args[0] not in ("--prefix", "--version", "services"):
        fail(
            "Error: Running Homebrew as root is extremely dangerous and no longer supported.\nAs Homebrew does "
            "not drop privileges "
            "on installation you would be giving all\nbuild scripts full access to your system."
        )
    verb = _VERBS.get(args[0])
    if verb is None:
        fail(f"Error: Unknown command: brew {args[0]}")
    if args[0] in _AUTO_UPDATING and len(args) > 1 and not os.environ.get("HOMEBREW_NO_AUTO_UPDATE"):
        _auto_update()
    return verb(args[1:])


def _auto_update() -> None:
    sys.stdout.write("==> Auto-updating Homebrew...\n")
    with open(f"{cellar.PREFIX}/var/homebrew/auto-updates.sim", "a") as file:
        file.write("auto-update\n")


def _prefix(argv: list[str]) -> int:
    names = [arg for arg in argv if not arg.startswith("-")]
    sys.stdout.write(
        "".join(f"{cellar.PREFIX}/opt/{name.rpartition('/')[2]}\n" for name in names) or f"{cellar.PREFIX}\n"
    )
    return 0


def _version(_argv: list[str]) -> int:
    sys.stdout.write(f"Homebrew {facts()['BREW_VERSION']}\n")
    return 0


def _list(argv: list[str]) -> int:
    names = [arg.rpartition("/")[2] for arg in argv if not arg.startswith("-")]
    missing = [name for name in names if not cellar.versions(name)]
    casks = sorted(os.listdir(f"{cellar.PREFIX}/Caskroom"))
    if missing and "--cask" not in argv:
        fail(f"Error: No such keg: {cellar.CELLAR}/{missing[0]}")
    if "--cask" in argv or "--casks" in argv:
        sys.stdout.write("".join(f"{name}\n" for name in casks))
        return 0
    kegs = names or [name for name in cellar.installed() if "--pinned" not in argv or cellar.pinned(name)]
    for name in kegs:
        if "--versions" in argv:
            sys.stdout.write(f"{name} {' '.join(cellar.versions(name))}\n")
        elif "--full-name" in argv:
            tap = cellar.receipt(name)["source"]["tap"]
            sys.stdout.write(f"{name}\n" if tap == formulae.CORE else f"{tap}/{name}\n")
        else:
            sys.stdout.write(f"{name}\n")
    return 0


def _info(argv: list[str]) -> int:
    if "--json=v2" not in argv:
        fail("Error: the simulated Mac knows `brew info --json=v2` only")
    names = [arg.rpartition("/")[2] for arg in argv if not arg.startswith("-")]
    found = [_described(name) for name in (names or cellar.installed())]
    sys.stdout.write(json.dumps({"formulae": found, "casks": []}) + "\n")
    return 0


def _described(name: str) -> dict[str, Any]:
    if not cellar.versions(name):
        formula = brew_install.resolve(name)
        full, tap, version, kegs = formulae.full_name(formula), formula.tap, formula.version, []
    else:
        receipt = cellar.receipt(name)
        tap = receipt["source"]["tap"]
        full = name if tap == formulae.CORE else f"{tap}/{name}"
        version = formulae.of_tap(tap)[name].version
        kegs = [
            {
                "version": one,
                "installed_on_request": receipt["installed_on_request"],
                "installed_as_dependency": receipt["installed_as_dependency"],
            }
            for one in cellar.versions(name)
        ]
    return {
        "name": name,
        "full_name": full,
        "tap": tap,
        "versions": {"stable": version, "head": None, "bottle": True},
        "installed": kegs,
        "linked_keg": kegs[-1]["version"] if kegs else None,
        "pinned": cellar.pinned(name),
        "outdated": bool(kegs) and kegs[-1]["version"] != version,
    }


_VERBS: dict[str, Callable[[list[str]], int]] = {
    "--prefix": _prefix,
    "--version": _version,
    "-v": _version,
    "list": _list,
    "ls": _list,
    "info": _info,
    "pin": brew_links.pin,
    "unpin": brew_links.unpin,
    "link": brew_links.link,
    "unlink": brew_links.unlink,
    "tab": brew_links.tab,
    "update": brew_links.update,
    "install": brew_install.install,
    "upgrade": brew_install.upgrade,
    "uses": brew_install.uses,
    "uninstall": brew_install.uninstall,
    "remove": brew_install.uninstall,
    "rm": brew_install.uninstall,
    "tap": brew_taps.tap,
    "untap": brew_taps.untap,
    "trust": lambda argv: brew_taps.trust("trust", argv),
    "untrust": lambda argv: brew_taps.trust("untrust", argv),
    "services": brew_services.main,
}
