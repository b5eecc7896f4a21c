"""What the `secret` section says of the Mac's own copies: never a value, nor anything a value could be guessed from.

Two copies are compared by their fingerprints: HMAC-SHA256 under a random key that never leaves the Mac.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.plan import World
from carbon_fleet.snapshot import Section, Unreadable


@dataclass(frozen=True)
class SecretSeen:
    """One secret's file. `kind` is absent, empty, regular or what else it is; `mode` four octal digits.

    `owner` is empty for the login user. `fingerprint` is empty where there is no key or nothing readable; `given` says
    whether the value from elsewhere is the `same`, is another (`other`), or was not handed over (empty).
    """

    kind: str = "absent"
    mode: str = ""
    owner: str = ""
    fingerprint: str = field(default="", repr=False)
    given: str = ""


@dataclass(frozen=True)
class SecretsSeen:
    """The folder (`kind` absent, directory, or what else), whether its key is there, and the files by name."""

    folder: SecretSeen = field(default_factory=SecretSeen)
    key: bool = False
    secrets: Mapping[str, SecretSeen] = field(default_factory=dict)

    def of(self, name: str) -> SecretSeen:
        """The file of the secret `name`."""
        return self.secrets.get(name, SecretSeen())


def read(section: Section) -> SecretsSeen:
    """Type the `secret` section; where no secret is used nothing was asked."""
    if section.get("asked") == "no":
        return SecretsSeen()
    folder, key, found = SecretSeen(), False, dict[str, SecretSeen]()
    for line in section.block("secrets").must().out:
        words = line.split(" ")
        try:
            if words[0] == "folder":
                folder = _seen(words[1:])
            elif words[0] == "key":
                key = words[1] == "yes"
            elif words[0] == "secret":
                found[words[1]] = _seen(words[2:])
        except (IndexError, ValueError):
            raise Unreadable(f"secret: {words[0]!r} lacks a word") from None
    return SecretsSeen(folder, key, found)


def _seen(words: list[str]) -> SecretSeen:
    kind, mode, owner, fingerprint, given = ("" if word == "-" else word for word in words[:5])
    return SecretSeen(kind, mode.rjust(4, "0") if mode else "", owner, fingerprint, given)


def fingerprints(world: World) -> dict[str, str]:
    """The Mac's copies' fingerprints in this look; none where they cannot be read, which `secret` itself reports."""
    try:
        seen = read(world.snapshot.section("secret"))
    except Unreadable:
        return {}
    return {name: one.fingerprint for name, one in seen.secrets.items() if one.fingerprint}
