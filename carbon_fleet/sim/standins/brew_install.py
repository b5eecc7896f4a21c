"""`brew install`, `upgrade`, `reinstall` and `uninstall`."""

from __future__ import annotations

import os
import plistlib
import shutil
import sys
import time

from . import brew_bottles, brew_links, brew_taps, cellar, downloads, formulae
from .disk import consume_fault, fail, fault, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .formulae import Formula


def resolve(name: str, *, prefer: str | None = None) -> Formula:
    """The formula a name means, as Homebrew finds it: full name, the dependant's tap, core, then any tap."""
    if name.count("/") == 2:
        tap, _, short = name.rpartition("/")
        if tap != formulae.CORE and tap not in brew_taps.tapped():
            brew_taps.tap([tap])
        found = formulae.of_tap(tap).get(short)
        return found or fail(f'Error: No available formula with the name "{name}".')
    places = [prefer] if prefer and name in formulae.of_tap(prefer) else []
    places = places or [formulae.CORE] * (name in formulae.of_tap(formulae.CORE))
    places = places or [tap for tap in brew_taps.tapped() if name in formulae.of_tap(tap)]
    if not places:
        fail(
            f'Warning: No available formula with the name "{name}".\n==> Searching for similarly named formulae '
            "and casks...\n"
            "Error: No formulae or casks found for " + name + "."
        )
    if len(places) > 1:
        listed = "\n".join(f"       * {tap}/{name}" for tap in places)
        fail(
            f"Error: Formulae found in multiple taps:\n{listed}\n\nPlease use the fully-qualified name (e.g. "
            f"{places[0]}/{name}) "
            "to refer to a specific formula."
        )
    return formulae.of_tap(places[0])[name]


def closure(formula: Formula) -> list[Formula]:
    """All dependencies, deepest first."""
    found: dict[str, Formula] = {}
    for name in formula.deps:
        dep = resolve(name, prefer=formula.tap)
        for deeper in [*closure(dep), dep]:
            found.setdefault(deeper.name, deeper)
    return list(found.values())


def install(argv: list[str]) -> int:
    """Install formulae and casks by name; what is there already is a warning."""
    if consume_fault("brew-fails-once"):
        fail("curl: (56) Recv failure: Connection reset by peer\nError: Failed to download resource")
    while fault("brew-waits"):
        time.sleep(0.1)
    names = [arg for arg in argv if not arg.startswith("-")]
    if "--cask" in argv or (len(names) == 1 and names[0] in formulae.CASKS):
        return _install_casks(names)
    for name in names:
        if name.count("/") == 2 and not name.startswith(formulae.CORE):
            resolve(name)
            if brew_taps.required() and brew_taps.add_trust("formula", name):
                sys.stderr.write(f"==> Trusted formula {name.lower()}\n")
    if downloads.real():
        brew_bottles.refresh()
    wanted = [resolve(name) for name in names]
    for formula in wanted:
        _check(formula)
    for formula in wanted:
        _install_one(formula)
    return 0


def _check(formula: Formula) -> None:
    for one in [*closure(formula), formula]:
        brew_taps.require_trust(one)
        for other in one.conflicts:
            if cellar.versions(other) and brew_links.linked(other) and not cellar.versions(one.name):
                fail(
                    f"Error: Cannot install {formulae.full_name(one)} because conflicting formulae are installed.\n"
                    f"  {other}: because both install the same libraries\n\nPlease `brew unlink {other}` before "
                    "continuing."
                )


def _install_one(formula: Formula) -> None:
    have = cellar.versions(formula.name)
    upgrade = have and have[-1] != formula.version
    if have and cellar.receipt(formula.name)["source"]["tap"] != formula.tap:
        fail(
            f"Error: {formula.name} was installed from the {cellar.receipt(formula.name)['source']['tap']} tap\n"
            f"but you are trying to install it from the {formula.tap} tap.\nFormulae with the same name from "
            "different taps "
            "cannot be installed at the same time.\n\nTo install this version, you must first uninstall the "
            "existing formula:\n"
            f"  brew uninstall {formula.name}"
        )
    if have and (not upgrade or os.environ.get("HOMEBREW_NO_INSTALL_UPGRADE")):
        sys.stderr.write(f"Warning: {formulae.full_name(formula)} {have[-1]} is already installed and up-to-date.\n")
        _mark_requested(formula.name)
        return
    if cellar.pinned(formula.name):
        fail(f"Error: {formula.name} is pinned. You must unpin it to reinstall.")
    for dep in closure(formula):
        if not cellar.versions(dep.name):
            _pour(dep, on_request=False)
    _pour(formula, on_request=True)


def _mark_requested(name: str) -> None:
    from .disk import write_json

    data = cellar.receipt(name)
    if not data.get("installed_on_request"):
        data["installed_on_request"] = True
        write_json(f"{cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}/INSTALL_RECEIPT.json", data, indent=2)


def _pour(formula: Formula, *, on_request: bool) -> None:
    if downloads.real():
        brew_bottles.fetch(formula)
    sys.stdout.write(f"==> Pouring {formula.name}--{formula.version}.arm64_tahoe.bottle.tar.gz\n")
    cellar.pour(formula, on_request=on_request, dependencies=closure(formula))
    sys.stdout.write(f"🍺  {cellar.CELLAR}/{formula.name}/{formula.version}: 12 files, 4MB\n")


def _install_casks(names: list[str]) -> int:
    for name in names:
        if name not in formulae.CASKS:
            fail(f"Error: Cask '{name}' is unavailable: No Cask with this name exists.")
        version = formulae.CASKS[name]
        room = f"{cellar.PREFIX}/Caskroom/{name}"
        if os.path.isdir(room):
            sys.stderr.write(f"Warning: Not upgrading {name}, the latest version is already installed\n")
            continue
        os.makedirs(f"{room}/{version}")
        os.makedirs(f"{room}/.metadata/{version}/20261120000000.000/Casks")
        write_text(
            f"{room}/.metadata/{version}/20261120000000.000/Casks/{name}.json",
            f'{{"token":"{name}","version":"{version}"}}',
        )
        if os.path.isdir(_application(name)):
            shutil.rmtree(room)
            fail(f"Error: {name}: It seems there is already an App at '{_application(name)}'.")
        os.makedirs(_application(name))
        if name == "docker-desktop":
            _docker(_application(name), version)
        sys.stdout.write(f"🍺  {name} was successfully installed!\n")
    return 0


def _application(cask: str) -> str:
    names = {"podman-desktop": "Podman Desktop", "docker-desktop": "Docker"}
    return f"/Applications/{names.get(cask, cask)}.app"


def _docker(application: str, version: str) -> None:
    """As far as it is looked into: its version, and its own docker."""
    os.makedirs(f"{application}/Contents/Resources/bin")
    os.symlink("/.sim/py/docker", f"{application}/Contents/Resources/bin/docker")
    with open(f"{application}/Contents/Info.plist", "wb") as file:
        plistlib.dump({"CFBundleShortVersionString": version}, file)


def upgrade(argv: list[str]) -> int:
    """Upgrade what is named, or everything that is not pinned."""
    names = [arg for arg in argv if not arg.startswith("-")]
    for name in names or [keg for keg in cellar.installed() if not cellar.pinned(keg)]:
        short = name.rpartition("/")[2]
        if not cellar.versions(short):
            fail(f"Error: {name} not installed")
        if cellar.pinned(short):
            fail(f"Error: Not upgrading 1 pinned package:\n{short} {cellar.versions(short)[-1]}")
        formula = formulae.of_tap(cellar.receipt(short)["source"]["tap"])[short]
        _check(formula)
        if cellar.versions(short)[-1] != formula.version:
            _pour(formula, on_request=False)
    return 0


def uninstall(argv: list[str]) -> int:
    """Remove; refused while another keg needs it."""
    names = [arg.rpartition("/")[2] for arg in argv if not arg.startswith("-")]
    for name in names:
        if os.path.isdir(f"{cellar.PREFIX}/Caskroom/{name}"):
            shutil.rmtree(f"{cellar.PREFIX}/Caskroom/{name}")
            shutil.rmtree(_application(name), ignore_errors=True)
            continue
        if not cellar.versions(name) and "--force" in argv:
            continue
        if not cellar.versions(name):
            fail(f"Error: No such keg: {cellar.CELLAR}/{name}")
        needed = [keg for keg in cellar.installed() if keg not in names and name in _direct(keg)]
        if needed and "--ignore-dependencies" not in argv and "--force" not in argv:
            fail(
                f"Error: Refusing to uninstall {cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}\nbecause it is "
                "required by "
                f"{', '.join(needed)}, which is currently installed.\nYou can override this and force removal with:\n"
                f"  brew uninstall --ignore-dependencies {name}"
            )
        sys.stdout.write(f"Uninstalling {cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}... (12 files, 4MB)\n")
        cellar.remove(name)
    return 0


def uses(argv: list[str]) -> int:
    """`brew uses --installed NAME`: the full names of installed kegs that need it."""
    names = [arg.rpartition("/")[2] for arg in argv if not arg.startswith("-")]
    for keg in cellar.installed():
        if all(name in _direct(keg) for name in names):
            tap = cellar.receipt(keg)["source"]["tap"]
            sys.stdout.write(f"{keg}\n" if tap == formulae.CORE else f"{tap}/{keg}\n")
    return 0


def _direct(keg: str) -> list[str]:
    return [dep["full_name"].rpartition("/")[2] for dep in cellar.receipt(keg).get("runtime_dependencies", [])]
