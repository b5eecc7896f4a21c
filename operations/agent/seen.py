"""What the `agent` section says: files of LaunchAgents, and what launchd makes of them.

launchctl(1): `print` ends with 113 for a service that is not loaded; gui/UID is there only while somebody is logged in
at the screen, and asking for it then ends with 112 or 125 (duh17/oppi#38). `print-disabled` has a line
`"LABEL" => disabled` for each (until macOS 12 `=> true`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in

NAMES = ("autostart", "drift", "pull", "boot")
PREFIX = "io.carbon-fleet."
NOT_LOADED = 113
NO_DOMAIN = (112, 125)
_DISABLED = re.compile(r'\s*"([^"]+)" => (disabled|true)')


@dataclass(frozen=True)
class JobSeen:
    """One agent: its file, whether launchd has it loaded, whether it is disabled."""

    file: FileSeen
    loaded: bool = False
    disabled: bool = False

    @property
    def there(self) -> bool:
        """Whether there is anything of it."""
        return self.file.kind not in ("absent", "directory") or self.loaded


@dataclass(frozen=True)
class AgentSeen:
    """The agents by name. `screen`: somebody is logged in there; `temporary` is the user's own folder for that.

    `there` are those of the wished programs, lab file and signers that can be read.
    """

    jobs: Mapping[str, JobSeen] = field(default_factory=dict)
    uid: int = 501
    user: str = ""
    home: str = ""
    temporary: str = ""
    screen: bool = True
    there: frozenset[str] = frozenset()


def read(section: Section) -> AgentSeen:
    """Type the `agent` section."""
    asked = section.need("asked") == "yes"
    files = {path.rpartition("/")[2]: seen for path, seen in files_in(section).items()}
    statuses = {name: _status(word) for name, word in (fact.split(" ") for fact in section.all("loaded"))}
    disabled = _disabled(section) if asked else frozenset()
    jobs = {}
    for name in NAMES:
        label = f"{PREFIX}{name}"
        file = files.get(f"{label}.plist")
        if file is None:
            raise Unreadable(f"agent: nothing is said of {label}.plist")
        jobs[name] = JobSeen(file, statuses.get(name) == 0, label in disabled)
    there = frozenset(section.all("there"))
    if not asked:
        return AgentSeen(jobs, there=there)
    screen = _status(section.need("screen")) not in NO_DOMAIN
    who = (section.need_int("uid"), section.need("user"), section.need("home"), section.need("temporary"))
    return AgentSeen(jobs, *who, screen, there)


def _status(word: str) -> int:
    """How `launchctl print` ended; what is no answer of it is unreadable."""
    if word.isdecimal() and int(word) in (0, NOT_LOADED, *NO_DOMAIN):
        return int(word)
    raise Unreadable(f"agent: launchctl print ended with status {word}")


def _disabled(section: Section) -> frozenset[str]:
    lines = [line for name in ("disabled", "disabled_system") for line in section.block(name).must().out]
    return frozenset(found[1] for found in map(_DISABLED.match, lines) if found)
