"""What Homebrew keeps on disk: kegs, receipts, links, pins."""

from __future__ import annotations

import hashlib
import os
import shutil
import time

from . import clones
from .disk import SHARED, facts, read_json, write_json, write_text
from .formulae import CORE, Formula, full_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PREFIX = "/opt/homebrew"
CELLAR = f"{PREFIX}/Cellar"
_LAUNCHER = (
    '#!/.sim/python -IS\nimport sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, "/.sim/lib")\n'
    "from standins.{module} import main\nsys.exit(main(sys.argv))\n"
)


def commit_of(tap: str) -> str:
    """The commit a tap's clone is at; where there is none, what `commits.json` says, else one per tap."""
    if clones.real(tap):
        return clones.head(tap)
    said: dict[str, str] = read_json(f"{SHARED}/commits.json", {})
    return said.get(tap) or hashlib.sha1(tap.encode(), usedforsecurity=False).hexdigest()


def versions(name: str) -> list[str]:
    """The installed versions of a formula."""
    directory = f"{CELLAR}/{name}"
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def installed() -> list[str]:
    """The names of all kegs."""
    return sorted(name for name in os.listdir(CELLAR) if versions(name))


def receipt(name: str) -> dict[str, Any]:
    """The INSTALL_RECEIPT.json of the newest version."""
    data: dict[str, Any] = read_json(f"{CELLAR}/{name}/{versions(name)[-1]}/INSTALL_RECEIPT.json", {})
    return data


def pinned(name: str) -> bool:
    """Whether a formula is pinned."""
    return os.path.lexists(f"{PREFIX}/var/homebrew/pinned/{name}")


def pour(formula: Formula, *, on_request: bool, dependencies: list[Formula]) -> None:
    """Install a keg, link it, write its receipt; older versions are removed as `brew upgrade` does."""
    keg = f"{CELLAR}/{formula.name}/{formula.version}"
    old = [version for version in versions(formula.name) if version != formula.version]
    if old:
        on_request = on_request or bool(receipt(formula.name).get("installed_on_request"))
        unlink(formula.name)
    os.makedirs(f"{keg}/lib", exist_ok=True)
    for path, module in formula.programs.items():
        os.makedirs(os.path.dirname(f"{keg}/{path}"), exist_ok=True)
        write_text(f"{keg}/{path}", _LAUNCHER.format(module=module), mode=0o755)
    if formula.name == "krunkit":
        os.makedirs(f"{keg}/share/krunkit", exist_ok=True)
        write_text(f"{keg}/share/krunkit/KRUN_EFI.silent.fd", "modelled\n")
    write_json(f"{keg}/INSTALL_RECEIPT.json", _receipt(formula, on_request, dependencies), indent=2)
    write_json(f"{keg}/sbom.spdx.json", _bill(formula), indent=2)
    link(formula.name, formula.version)
    for version in old:
        shutil.rmtree(f"{CELLAR}/{formula.name}/{version}")


def _receipt(formula: Formula, on_request: bool, dependencies: list[Formula]) -> dict[str, Any]:
    core = formula.tap == CORE
    return {
        "homebrew_version": facts()["BREW_VERSION"],
        "used_options": [],
        "unused_options": [],
        "built_as_bottle": True,
        "poured_from_bottle": True,
        "loaded_from_api": core,
        "installed_as_dependency": not on_request,
        "installed_on_request": on_request,
        "changed_files": [],
        "time": int(time.time()),
        "source_modified_time": 1790000000,
        "compiler": "clang",
        "aliases": [],
        "runtime_dependencies": [
            {
                "full_name": full_name(dep),
                "version": dep.version,
                "revision": 0,
                "pkg_version": dep.version,
                "declared_directly": dep.name in formula.deps,
            }
            for dep in dependencies
        ],
        "source": {
            "spec": "stable",
            "versions": {"stable": formula.version, "head": None, "version_scheme": 0},
            "path": f"{PREFIX}/Library/Taps/{tap_directory(formula.tap)}/Formula/{formula.name}.rb",
            "tap_git_head": commit_of(formula.tap),
            "tap": formula.tap,
        },
        "arch": "arm64",
        "built_on": {"os": "Macintosh", "os_version": "macOS 26", "cpu_family": "dunno"},
    }


def _bill(formula: Formula) -> dict[str, Any]:
    """Homebrew's bill of materials, as far as its packages' checksums go (Library/Homebrew/sbom.rb)."""

    poured = clones.bottle(formula.tap, formula.name, "arm64_tahoe")

    def package(kind: str, said: str) -> dict[str, Any]:
        made_up = hashlib.sha256(f"{kind} {formula.tap} {formula.name} {formula.version}".encode()).hexdigest()
        return {
            "SPDXID": said,
            "name": formula.name,
            "versionInfo": formula.version,
            "checksums": [{"algorithm": "SHA256", "checksumValue": poured if kind == "bottle" and poured else made_up}],
        }

    packages = [
        package("source", f"SPDXRef-Archive-{formula.name}-src"),
        package("bottle", f"SPDXRef-Bottle-{formula.name}"),
    ]
    return {"SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "packages": packages}


def tap_directory(tap: str) -> str:
    """OWNER/homebrew-NAME."""
    owner, _, name = tap.partition("/")
    return f"{owner}/homebrew-{name}"


def link(name: str, version: str) -> None:
    """opt, bin and the linked record."""
    keg = f"{CELLAR}/{name}/{version}"
    _symlink(f"../Cellar/{name}/{version}", f"{PREFIX}/opt/{name}")
    _symlink(f"../../../Cellar/{name}/{version}", f"{PREFIX}/var/homebrew/linked/{name}")
    for program in os.listdir(f"{keg}/bin") if os.path.isdir(f"{keg}/bin") else []:
        _symlink(f"../Cellar/{name}/{version}/bin/{program}", f"{PREFIX}/bin/{program}")


def _symlink(target: str, path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
    os.symlink(target, path)


def unlink(name: str, places: tuple[str, ...] = ("opt", "bin", "var/homebrew/linked")) -> None:
    """Take the links away."""
    for directory in places:
        for entry in os.listdir(f"{PREFIX}/{directory}"):
            path = f"{PREFIX}/{directory}/{entry}"
            if os.path.islink(path) and f"Cellar/{name}/" in os.readlink(path):
                os.unlink(path)


def remove(name: str) -> None:
    """Uninstall all versions."""
    unlink(name)
    shutil.rmtree(f"{CELLAR}/{name}")
    if pinned(name):
        os.unlink(f"{PREFIX}/var/homebrew/pinned/{name}")
