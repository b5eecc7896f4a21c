"""How the `homebrew` section is read.

Where Homebrew keeps what: `keg.rb` (var/homebrew/linked, opt), `tab.rb` (INSTALL_RECEIPT.json), `formula_pin.rb`
(var/homebrew/pinned), `trust.rb` (trust.json: `{"trustedtaps": [...], "trustedformulae": [...]}`), `utils/git.sh`
(.git/describe-cache), `sbom.rb` (sbom.spdx.json: the package SPDXRef-Bottle-NAME has the bottle's sha256),
`download_strategy` (downloads in the cache: the sha256 of their address, `--`, the bottle's own file name).
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from carbon_fleet.snapshot import Section
from operations.homebrew.seen import FormulaSeen, HomebrewSeen, Receipt, TapSeen, order

NOWHERE = "-"
"""What the section says of a link that leads nowhere."""


def read(section: Section) -> HomebrewSeen:
    """Type the `homebrew` section."""
    if section.need("brew") != "present":
        return HomebrewSeen(present=False, other=section.get("other"), brought=frozenset(section.all("brought")))
    files = _files(section)
    repository = section.need("repository")
    return HomebrewSeen(
        version=section.need("version"),
        trusts=_trusts(section),
        writable=section.need("writable") == "yes",
        repository=repository,
        taps=_taps(section, files, repository),
        trusted=_trusted(files.get(section.need("trust_store"), ""), "trustedtaps"),
        trusted_alone=_trusted(files.get(section.need("trust_store"), ""), "trustedformulae"),
        formulae=_formulae(section, files),
        aliases=frozenset(section.all("alias")),
        casks=_grouped(section.all("cask")),
        apps=frozenset(section.all("app")),
        brought=frozenset(section.all("brought")),
    )


def _files(section: Section) -> dict[str, str]:
    if "files" not in section.blocks:
        return {}
    files: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in section.block("files").must().out:
        if line.startswith("@"):
            lines = files.setdefault(line[1:], [])
        else:
            lines.append(line[1:])
    return {path: "\n".join(text) for path, text in files.items()}


def _trusts(section: Section) -> bool:
    command, version = section.get("trust_command"), section.need("version")
    return command == "yes" if command else not version or order(version) >= (6,)


def _taps(section: Section, files: Mapping[str, str], repository: str) -> dict[str, TapSeen]:
    taps = {}
    for fact in section.all("tap"):
        name, _, state = fact.partition(" ")
        owner, _, rest = name.partition("/")
        clones = (f"{repository}/Library/Taps/{owner}/{folder}/.git/config" for folder in (f"homebrew-{rest}", rest))
        config = next((files[clone] for clone in clones if clone in files), "")
        taps[name.lower()] = TapSeen(state == "complete", _remote(config))
    return taps


def _remote(config: str) -> str | None:
    found = re.search(r'^\[remote "origin"\][^\[]*?^url *= *(\S+)', config, re.MULTILINE)
    return found[1] if found else None


def _trusted(text: str, key: str) -> frozenset[str]:
    # brew, too, takes a store it cannot read for an empty one.
    store = _json(text)
    names = store.get(key) if isinstance(store, dict) else None
    return frozenset(str(name).lower() for name in names) if isinstance(names, list) else frozenset()


def _formulae(section: Section, files: Mapping[str, str]) -> dict[str, FormulaSeen]:
    kegs = dict.fromkeys(section.all("rack"), ()) | _grouped(section.all("keg"))
    linked, opt = dict(_pairs(section.all("linked"))), dict(_pairs(section.all("opt")))
    receipts = {tuple(path.split("/")[-3:-1]): text for path, text in files.items()}
    told = [words for words in map(str.split, section.all("bottle")) if len(words) == 3]
    bottles = {(name, version): sha256 for name, version, sha256 in told}
    upstream = {words[1]: words[2] for words in map(str.split, section.all("upstream")) if len(words) == 3}
    return {
        name: FormulaSeen(
            {
                version: _receipt(receipts.get((name, version), ""), bottles.get((name, version), ""), upstream)
                for version in versions
            },
            linked.get(name),
            opt.get(name),
            name in section.all("keg_only"),
            name in section.all("pinned"),
        )
        for name, versions in kegs.items()
    }


def _receipt(text: str, bottle: str, upstream: Mapping[str, str]) -> Receipt | None:
    receipt = _json(text)
    if not isinstance(receipt, dict):
        return None
    source, needs = receipt.get("source"), receipt.get("runtime_dependencies")
    source = source if isinstance(source, dict) else {}
    names = [need.get("full_name") for need in needs if isinstance(need, dict)] if isinstance(needs, list) else []
    needed = tuple(name for name in names if isinstance(name, str))
    time, by = receipt.get("time"), receipt.get("homebrew_version")
    when, head = time if isinstance(time, int) else None, source.get("tap_git_head")
    poured = False if receipt.get("poured_from_bottle") is False else None
    told = (
        by if isinstance(by, str) else "",
        upstream.get(head, head) if isinstance(head, str) else "",
        bottle,
        poured,
    )
    return Receipt(source.get("tap"), receipt.get("installed_on_request"), needed, when, *told)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _pairs(facts: Iterable[str]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, _, value in (fact.partition(" ") for fact in facts) if value != NOWHERE)


def _grouped(facts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for name, version in _pairs(facts):
        # `brew reinstall` puts a keg aside under this name while it works.
        groups[name] = groups.get(name, ()) + (() if version.endswith(".reinstall") else (version,))
    return groups
