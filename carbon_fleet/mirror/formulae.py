"""Homebrew's own formulae as its JSON API describes them (formulae.brew.sh/docs/api), and which bottle a Mac pours.

The API's lists are signed (JWS): they are kept byte for byte, and brew checks them itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carbon_fleet.mirror.trouble import MirrorTrouble

CORE = "homebrew/core"
ORDER = ("arm64_golden_gate", "arm64_tahoe", "arm64_sequoia", "arm64_sonoma", "arm64_ventura")
"""Versions of macOS as bottles name them, newest first: where one has none, brew pours an older one's."""


@dataclass(frozen=True)
class Formula:
    """A formula with its bottles. `version` has the revision; `bottles` is tag → sha256; `needs` are names it runs on.

    `root` is where its bottles are, without a slash at its end.
    """

    tap: str
    name: str
    version: str
    rebuild: int
    root: str
    bottles: Mapping[str, str]
    needs: tuple[str, ...]
    needs_by_tag: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """As `brew` prints it: those of homebrew/core are bare."""
        return self.name if self.tap == CORE else f"{self.tap}/{self.name}"

    @property
    def image(self) -> str:
        """Its name in a registry (brew's `github_packages.rb`)."""
        return self.name.replace("@", "/").replace("+", "x")

    @property
    def image_tag(self) -> str:
        """The tag of all its bottles there."""
        return f"{self.version}-{self.rebuild}" if self.rebuild else self.version

    def bottle(self, tag: str) -> tuple[str, str]:
        """The tag and sha256 of the bottle brew pours on macOS `tag`. Raises `MirrorTrouble`."""
        older = ORDER[ORDER.index(tag) :] if tag in ORDER else (tag,)
        for one in (tag, "all", *older[1:]):
            if one in self.bottles:
                return one, self.bottles[one]
        has = ", ".join(sorted(self.bottles)) or "none"
        what = f"{self.full_name} {self.version} has no bottle for {tag} (it has {has}): it would be built on the Mac"
        raise MirrorTrouble(f"{what}, from sources a mirror has not; leave it out, or wait for its bottle")

    def file(self, tag: str) -> str:
        """The name of a bottle's file where it lies in no registry (brew's `Bottle::Filename`)."""
        return f"{self.name}-{self.version}.{tag}.bottle{f'.{self.rebuild}' if self.rebuild else ''}.tar.gz"

    def needed(self, tag: str) -> tuple[str, ...]:
        """What it needs to run on macOS `tag`."""
        return self.needs_by_tag.get(tag, self.needs)


def core(text: bytes) -> dict[str, Formula]:
    """The formulae of `formula.jws.json`, by name and by former and other names. Raises `MirrorTrouble`."""
    try:
        listed = json.loads(json.loads(text)["payload"])
        found = [(_formula(one), [*one.get("aliases", ()), *one.get("oldnames", ())]) for one in listed]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MirrorTrouble(f"Homebrew's list of formulae is not in the shape of its API: {error!r}") from error
    named = {other: formula for formula, others in found for other in others}
    return {**named, **{formula.name: formula for formula, _ in found}}


def _formula(one: Mapping[str, Any]) -> Formula:
    stable, revision = str((one.get("versions") or {}).get("stable") or ""), int(one.get("revision") or 0)
    bottle = (one.get("bottle") or {}).get("stable") or {}
    return Formula(
        CORE,
        str(one["name"]),
        f"{stable}_{revision}" if revision else stable,
        int(bottle.get("rebuild") or 0),
        str(bottle.get("root_url") or "https://ghcr.io/v2/homebrew/core").rstrip("/"),
        {tag: str(file["sha256"]) for tag, file in (bottle.get("files") or {}).items()},
        tuple(one.get("dependencies") or ()),
        {
            tag: tuple(other["dependencies"])
            for tag, other in (one.get("variations") or {}).items()
            if "dependencies" in other
        },
    )
