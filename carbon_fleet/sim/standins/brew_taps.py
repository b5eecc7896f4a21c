"""Taps and their trust. The store's shape is Homebrew's own (Library/Homebrew/trust.rb, see docs/simulation.md)."""

from __future__ import annotations

import json
import os
import shutil
import sys

from . import brew_git, downloads, formulae
from .cellar import PREFIX, commit_of, installed, receipt, tap_directory
from .disk import facts, fail, read_json, write_json, write_text

_KEYS = {"tap": "trustedtaps", "formula": "trustedformulae", "cask": "trustedcasks", "command": "trustedcommands"}
TAPS = f"{PREFIX}/Library/Taps"


def tapped() -> list[str]:
    """The taps that are cloned, homebrew/core aside (it comes from the API)."""
    found = []
    for owner in sorted(os.listdir(TAPS)):
        found += [f"{owner}/{name.removeprefix('homebrew-')}" for name in sorted(os.listdir(f"{TAPS}/{owner}"))]
    return found


def trust_file() -> str:
    """~/.homebrew/trust.json, or below XDG_CONFIG_HOME when that is set."""
    xdg = os.environ.get("XDG_CONFIG_HOME")
    return f"{xdg}/homebrew/trust.json" if xdg else os.path.expanduser("~/.homebrew/trust.json")


def store() -> dict[str, list[str]]:
    """The trust store; anything that is not one counts as empty."""
    try:
        data = read_json(trust_file(), {})
    except ValueError:
        return {}
    return (
        {key: [str(entry).lower() for entry in entries] for key, entries in data.items()}
        if isinstance(data, dict)
        else {}
    )


def _save(data: dict[str, list[str]]) -> None:
    if not data:
        if os.path.exists(trust_file()):
            os.unlink(trust_file())
        return
    write_json(trust_file(), data, mode=0o600, indent=2)


def trusted(tap: str, name: str) -> bool:
    """Whether a formula may be loaded."""
    if tap == formulae.CORE or os.environ.get("HOMEBREW_NO_REQUIRE_TAP_TRUST") or not required():
        return True
    kept = store()
    reference = brew_git.reference(tap)
    return reference in kept.get("trustedtaps", []) or f"{reference}/{name}" in kept.get("trustedformulae", [])


def required() -> bool:
    """Tap trust came with Homebrew 6.0."""
    return int(facts()["BREW_VERSION"].split(".")[0]) >= 6


def require_trust(formula: formulae.Formula) -> None:
    """End with Homebrew's refusal when the formula's tap is not trusted."""
    if not trusted(formula.tap, formula.name):
        name = f"{formula.tap}/{formula.name}"
        fail(
            f"Error: Refusing to load formula {name} from untrusted tap {formula.tap}.\n"
            f"Run `brew trust --formula {name}` or `brew trust {formula.tap}` to trust it."
        )


def add_trust(kind: str, name: str) -> bool:
    """Enter `name`; False when it was there."""
    data, key = store(), _KEYS[kind]
    if name.lower() in data.get(key, []):
        return False
    data[key] = sorted([*data.get(key, []), name.lower()])
    _save(data)
    return True


def trust(verb: str, argv: list[str]) -> int:
    """`brew trust` and `brew untrust`."""
    if not required():
        fail(f"Error: Unknown command: brew {verb}")
    names = [arg for arg in argv if not arg.startswith("-")]
    if "--json=v1" in argv:
        kept = store()
        shown = {
            "taps": "trustedtaps",
            "formulae": "trustedformulae",
            "casks": "trustedcasks",
            "commands": "trustedcommands",
        }
        sys.stdout.write(json.dumps({name: kept.get(key, []) for name, key in shown.items()}, indent=2) + "\n")
        return 0
    for name in names:
        kind = next((kind for kind in _KEYS if f"--{kind}" in argv), "tap" if name.count("/") == 1 else "formula")
        if kind != "tap" and name.count("/") != 2:
            fail("Error: Invalid usage: Trust targets must be fully-qualified tap, formula, cask or command names.")
        _change(verb, kind, name if kind != "tap" or name.count("/") > 1 else brew_git.reference(name.lower()))
    return 0


def _change(verb: str, kind: str, name: str) -> None:
    if verb == "trust":
        word = "Trusted" if add_trust(kind, name) else "Already trusted"
        sys.stdout.write(f"==> {word} {kind} {name}\n")
        return
    data, key = store(), _KEYS[kind]
    data[key] = [entry for entry in data.get(key, []) if entry != name.lower()]
    if kind == "tap":  # and what of it was trusted alone (cmd/untrust.rb)
        data = {
            kept: [one for one in values if not one.startswith(f"{name.lower()}/")] for kept, values in data.items()
        }
    _save({kept: values for kept, values in data.items() if values})


def tap(argv: list[str]) -> int:
    """`brew tap [NAME [URL]]`: list, or clone (from a URL: really); an existing tap is no error, but for its URL."""
    names = [arg for arg in argv if not arg.startswith("-")]
    if not names:
        sys.stdout.write("".join(f"{name}\n" for name in tapped()))
        return 0
    name = names[0].lower().replace("/homebrew-", "/")
    if name.count("/") != 1:
        fail(f"Error: Invalid tap name: '{names[0]}'")
    if name in ("homebrew/core", "homebrew/cask"):
        return 0
    if name in tapped():
        if len(names) > 1 and names[1] != brew_git.remote(name):
            fail(f"Error: Tap {name} remote mismatch.\n{brew_git.remote(name)} != {names[1]}")
        return 0
    if downloads.real() or len(names) > 1:
        sys.stderr.write(f"==> Tapping {name}\n")
        brew_git.clone(name, names[1] if len(names) > 1 else brew_git.usual(name))
        sys.stdout.write(f"Tapped {len(formulae.of_tap(name))} formulae.\n")
        return 0
    if name not in formulae.tap_names():
        fail(
            f"fatal: repository 'https://github.com/{tap_directory(name)}/' not found\nError: Failure while executing; "
            f"`git clone https://github.com/{tap_directory(name)}` exited with 128."
        )
    sys.stderr.write(f"==> Tapping {name}\n")
    clone(name)
    sys.stdout.write(f"Tapped {len(formulae.of_tap(name))} formulae.\n")
    return 0


def clone(name: str) -> None:
    """What a clone leaves on disk."""
    directory = f"{TAPS}/{tap_directory(name)}"
    for sub in (".git/refs/heads", "Formula"):
        os.makedirs(f"{directory}/{sub}", exist_ok=True)
    write_text(f"{directory}/.git/HEAD", "ref: refs/heads/main\n")
    write_text(f"{directory}/.git/refs/heads/main", commit_of(name) + "\n")
    write_text(f"{directory}/.git/config", f'[remote "origin"]\n\turl = https://github.com/{tap_directory(name)}\n')
    for formula in formulae.of_tap(name).values():
        write_text(f"{directory}/Formula/{formula.name}.rb", f"# modelled: {formula.name} {formula.version}\n")


def untap(argv: list[str]) -> int:
    """`brew untap`: refused while formulae of the tap are installed, unless --force."""
    for name in (arg.lower() for arg in argv if not arg.startswith("-")):
        if name not in tapped():
            fail(f"Error: No available tap {name}.")
        kept = [keg for keg in installed() if receipt(keg).get("source", {}).get("tap") == name]
        if kept and "--force" not in argv and "-f" not in argv:
            fail(
                f"Error: Refusing to untap {name} because it contains the following installed formulae or casks:\n"
                + "\n".join(kept)
            )
        shutil.rmtree(f"{TAPS}/{tap_directory(name)}")
        owner = f"{TAPS}/{name.partition('/')[0]}"
        if not os.listdir(owner):
            os.rmdir(owner)
        sys.stdout.write(f"Untapping {name}...\n")
    return 0
