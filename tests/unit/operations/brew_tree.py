"""Writes a Homebrew to disk as brew would have left it (keg.rb, tab.rb, formula_pin.rb, trust.rb)."""

import json
from pathlib import Path

from operations.homebrew import FormulaSeen, HomebrewSeen

REVISION = "0123456789abcdef0123456789abcdef01234567"


def plant(seen: HomebrewSeen, prefix: Path, home: Path) -> None:
    """All that `seen` says, below `prefix` and `home`."""
    for folder in ("bin", "opt", "Cellar", "Caskroom", "Library/Taps", "var/homebrew/linked", "var/homebrew/pinned"):
        (prefix / folder).mkdir(parents=True)
    brew = prefix / "bin/brew"
    brew.write_text("#!/bin/sh\nexit 70\n")
    brew.chmod(0o755)
    write(prefix / "Library/Homebrew/cmd/install.rb", "")
    if seen.trusts:
        write(prefix / "Library/Homebrew/cmd/trust.rb", "")
    write(prefix / ".git/HEAD", "ref: refs/heads/stable\n")
    write(prefix / ".git/refs/heads/stable", f"{REVISION}\n")
    write(prefix / f".git/describe-cache/{REVISION}", f"{seen.version}\n")
    for tap, found in seen.taps.items():
        clone = prefix / "Library/Taps" / tap.replace("/", "/homebrew-")
        write(clone / ".git/config", "[core]\n\tbare = false\n" + _origin(found.remote))
        if found.complete:
            write(clone / "Formula/something.rb", "")
    store = {"trustedtaps": sorted(seen.trusted), "trustedformulae": sorted(seen.trusted_alone)}
    if any(store.values()):
        kept = {key: names for key, names in store.items() if names}
        write(home / ".homebrew/trust.json", json.dumps(kept, indent=2) + "\n")
    for name, formula in seen.formulae.items():
        _formula(prefix, name, formula)
    for alias in seen.aliases:
        (prefix / "Cellar" / alias).symlink_to("podman")
    for cask, versions in seen.casks.items():
        for version in versions:
            (prefix / "Caskroom" / cask / version).mkdir(parents=True)


def _origin(remote: str | None) -> str:
    return f'[remote "origin"]\n\turl = {remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n' if remote else ""


def _formula(prefix: Path, name: str, formula: FormulaSeen) -> None:
    (prefix / "Cellar" / name).mkdir()
    for version, receipt in formula.kegs.items():
        keg = prefix / "Cellar" / name / version
        write(
            keg / f".brew/{name}.rb", f"class X < Formula\n{'  keg_only :shadowed' if formula.keg_only else ''}\nend\n"
        )
        if receipt:
            needs = [{"full_name": need, "version": "1"} for need in receipt.needs]
            text = {
                "installed_on_request": receipt.on_request,
                "runtime_dependencies": needs,
                "source": {"tap": receipt.tap},
            }
            write(keg / "INSTALL_RECEIPT.json", json.dumps(text, indent=2))
    if formula.linked:
        (prefix / "var/homebrew/linked" / name).symlink_to(f"../../../Cellar/{name}/{formula.linked}")
    if formula.opt:
        (prefix / "opt" / name).symlink_to(f"../Cellar/{name}/{formula.opt}")
    if formula.pinned:
        (prefix / "var/homebrew/pinned" / name).symlink_to(f"../../../Cellar/{name}/{formula.version}")


def write(path: Path, text: str) -> None:
    """A file, and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
