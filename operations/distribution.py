"""The Linux distributions a host may have, and how each of them installs what is missing: always by its own admin."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

Family = Literal["debian", "fedora"]
NAMES = "Debian, Ubuntu and Fedora"
_LINE = re.compile(r"([A-Z_]+)=[\"']?([^\"']*)[\"']?")
_FAMILIES: Mapping[str, Family] = {"debian": "debian", "ubuntu": "debian", "fedora": "fedora"}


def release(lines: Iterable[str]) -> dict[str, str]:
    """What os-release(5) says, by key."""
    found = (_LINE.fullmatch(line.strip()) for line in lines)
    return {match[1]: match[2] for match in found if match}


def family(said: Mapping[str, str]) -> Family | None:
    """How it installs packages: by its own name, else by those it says it is like; None where neither is known."""
    words = (said.get("ID", ""), *said.get("ID_LIKE", "").split())
    return next((_FAMILIES[word] for word in words if word in _FAMILIES), None)


def installing(family: Family | None, debian: str, fedora: str) -> str:
    """The line for the admin, in the words of the host's own packages; both where it is not known."""
    lines = {"debian": f"sudo apt-get install {debian}", "fedora": f"sudo dnf install {fedora}"}
    return f"run `{lines[family]}`" if family else f"run `{lines['debian']}` or `{lines['fedora']}`"
