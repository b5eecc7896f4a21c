"""What the `native` section says: programs that launchd runs for stacks, and what is kept for them.

launchctl(1) `print`: status 113 for what is not loaded, 112 or 125 for gui/UID while nobody is logged in at the
screen; of what is loaded the lines `pid = N` (while it runs) and `last exit code = N`. Its text is no promise of
Apple's: a process that is not told counts as none. ps(1) `etime`: `[[DD-]hh:]mm:ss`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in
from operations.model.on_mac import kept
from operations.render.launchd import PREFIX

NOT_LOADED = 113
NO_DOMAIN = (112, 125)
_DISABLED = re.compile(r'\s*"([^"]+)" => (disabled|true)')
_STACK = re.compile(rb'\{"stack": "([^"]+)"')
_AGE = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)")


@dataclass(frozen=True)
class JobSeen:
    """One program. `pid` is None while it does not run, `last` how it ended last ("": never).

    `definition` and `secrets` (fingerprints by name) are those it was started with; empty unless it runs. `health` is
    how asking it ended (None: not asked), `said` its last line; `age` are seconds since it started.
    """

    file: FileSeen
    loaded: bool = False
    disabled: bool = False
    pid: int | None = None
    last: str = ""
    definition: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    health: int | None = None
    said: str = ""
    age: int = 0

    @property
    def stack(self) -> str:
        """Whose it is, by the first words of its property list; empty where that does not say."""
        found = _STACK.search(self.file.content)
        return found[1].decode() if found else ""


@dataclass(frozen=True)
class NativeSeen:
    """The programs by name, volumes as `STACK/VOLUME`, models by their sha256 (whether they are what was checked).

    `services` are processes of Homebrew's own services by formula, `processes` whose each process of ours is. `came`
    are seconds since what brings programs (`Job.bringer`) was last put in place.
    """

    jobs: Mapping[str, JobSeen] = field(default_factory=dict)
    uid: int = 501
    home: str = ""
    screen: bool = True
    volumes: frozenset[str] = frozenset()
    models: Mapping[str, bool] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    processes: Mapping[int, str] = field(default_factory=dict)
    came: Mapping[str, int] = field(default_factory=dict)

    def without(self, stacks: Collection[str]) -> "NativeSeen":
        """The same but for what these stacks have: something else sees to that."""
        jobs = {name: job for name, job in self.jobs.items() if job.stack not in stacks}
        volumes = frozenset(name for name in self.volumes if name.partition("/")[0] not in stacks)
        return replace(self, jobs=jobs, volumes=volumes)


def read(section: Section) -> NativeSeen:
    """Type the `native` section. Where nothing is wished and nothing of ours is there, nobody was asked."""
    if section.get("none") == "yes":
        return NativeSeen()
    told = dict(_launchd(fact) for fact in section.all("launchd"))
    files = {path.rpartition("/")[2]: seen for path, seen in files_in(section).items()}
    disabled = frozenset(found[1] for found in map(_DISABLED.match, section.block("disabled").must().out) if found)
    names = [name for kind, name in told if kind == "job"]
    return NativeSeen(
        {name: _job(name, files, told["job", name], f"{PREFIX}{name}" in disabled, section) for name in names},
        section.need_int("uid"),
        section.need("home"),
        _status(section.need("screen")) not in NO_DOMAIN,
        frozenset(section.all("volume")),
        kept(section),
        {name: pid for (kind, name), (_, pid, _) in told.items() if kind == "brew" and pid is not None},
        {int(pid): name for name, pid in (fact.split(" ") for fact in section.all("process"))},
        {bringer: int(age) for bringer, age in (fact.split(" ") for fact in section.all("came"))},
    )


def _launchd(fact: str) -> tuple[tuple[str, str], tuple[int, int | None, str]]:
    try:
        kind, name, status, pid, last = fact.split(" ")
    except ValueError:
        raise Unreadable(f"native: launchctl said {fact!r}") from None
    return (kind, name), (_status(status), int(pid) if pid.isdecimal() else None, "" if last == "-" else last)


def _status(word: str) -> int:
    """How `launchctl print` ended; what is no answer of it is unreadable."""
    if word.isdecimal() and int(word) in (0, NOT_LOADED, *NO_DOMAIN):
        return int(word)
    raise Unreadable(f"native: launchctl print ended with status {word}")


def _job(
    name: str, files: Mapping[str, FileSeen], told: tuple[int, int | None, str], disabled: bool, section: Section
) -> JobSeen:
    status, pid, last = told
    file = files.get(f"{PREFIX}{name}.plist")
    if file is None:
        raise Unreadable(f"native: nothing is said of the property list of {name}")
    if pid is None:
        return JobSeen(file, status == 0, disabled, None, last)
    began, definition, secrets = _of(section, "started", name, 3) or ("", "", "")
    mine = began == str(pid)
    given = dict(pair.split(":", 1) for pair in secrets.split(",") if ":" in pair)
    asked = _of(section, "health", name, 2)
    age = _of(section, "since", name, 1)
    return JobSeen(
        file,
        status == 0,
        disabled,
        pid,
        last,
        definition if mine else "",
        given if mine else {},
        int(asked[0]) if asked else None,
        asked[1] if asked else "",
        _seconds(age[0]) if age else 0,
    )


def _of(section: Section, key: str, name: str, count: int) -> tuple[str, ...] | None:
    """The words after the name in the fact of this name; the last of `count` takes the rest."""
    for fact in section.all(key):
        first, _, rest = fact.partition(" ")
        if first == name:
            words = rest.split(" ", count - 1)
            return (*words, *[""] * (count - len(words)))
    return None


def _seconds(etime: str) -> int:
    found = _AGE.fullmatch(etime)
    if found is None:
        return 0
    days, hours, minutes, seconds = (int(word or 0) for word in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
