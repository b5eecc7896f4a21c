"""What was on a Mac before carbon-fleet first changed it, as it is noted there itself: what `destroy` goes back to.

One file a lab: `~/.local/state/carbon-fleet/found-LAB.json`, written before the first Change of a run. What it says of
an address is never written over: what is noted later is only what the lab file asks for since.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan.change import Action, Attribute, Change
from carbon_fleet.plan.command import Command, Where, mac, shell
from carbon_fleet.plan.files import FileWish, write_file
from carbon_fleet.plan.registry import resources_of
from carbon_fleet.snapshot import Guest, Section, Snapshot, Unreadable
from carbon_fleet.snapshot.files import files_in
from carbon_fleet.spec import Mac

FORMAT_VERSION = 1
ADDRESS = "found"
STATE = "~/.local/state/carbon-fleet"
OF_MACOS = ("~/Library", "~/Library/LaunchAgents", "~/Library/Logs", "~/Library/Caches")
"""Folders every home has on a Mac."""


@dataclass(frozen=True)
class Found:
    """The journal: `before` has plain JSON by address, `places` whether each path was there.

    `guest` is what the machine was then (absent, stopped, reached …): in one that was absent all is ours. `run` and
    `when` (UTC, by the controller's clock) are of the run that began it. `late`: the lab had been applied before, by a
    carbon-fleet that kept none: what is ours and what was there is one in it.
    """

    run: str = ""
    when: str = ""
    guest: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, bool] = field(default_factory=dict)
    late: bool = False

    def over(self, seen: "Found") -> "Found":
        """This journal with what `seen` tells besides."""
        return replace(self, before={**seen.before, **self.before}, places={**seen.places, **self.places})


def path_of(lab: str) -> str:
    """Where a Mac keeps the journal of a lab."""
    return f"{STATE}/found-{lab}.json"


def places(mac: Mac) -> tuple[str, ...]:
    """Every path that may come into being on `mac`; one that ends in `/` is a folder of which all is ours."""
    known = dict.fromkeys(place for one in resources_of(mac) for place in one.places(one.wish(mac), mac))
    parents = dict.fromkeys(parent for place in known for parent in _parents(place))
    return tuple(dict.fromkeys([*known, *parents, "~/.local/state", "~/.local"]))


def _parents(place: str) -> Iterable[str]:
    path = place.rstrip("/").rpartition("/")[0]
    while path.startswith("~/"):
        yield path
        path = path.rpartition("/")[0]


def read(section: Section) -> Found | None:
    """The journal in the `record` section; None where there is none. Raises `Unreadable` for what is no journal."""
    if big := [path for path in section.all("big") if "/found-" in path]:
        raise Unreadable(f"{big[0]} is larger than any journal")
    seen = next((one for path, one in files_in(section).items() if path.rpartition("/")[2].startswith("found-")), None)
    if seen is None or seen.kind == "absent":
        return None
    try:
        said = json.loads(seen.content)
        if said["format_version"] != FORMAT_VERSION:
            raise ValueError(f"its format is {said['format_version']!r}")
        words = {name: str(said[name]) for name in ("run", "when", "guest")}
        there = {str(path): bool(was) for path, was in said["places"].items()}
        return Found(**words, before=dict(said["before"]), places=there, late=bool(said.get("late")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{seen.path} is not a journal of this version: {error!r}") from error


def seen_by(mac: Mac, snapshot: Snapshot, run: str, when: str) -> Found:
    """What one look tells of all that the wish names. What it could not read is left out."""
    before: dict[str, Any] = {}
    for resource in resources_of(mac):
        if not resource.inside or snapshot.guest is Guest.REACHED:
            try:
                before |= resource.found(resource.wish(mac), resource.observe(snapshot))
            except Unreadable:
                continue
    absent = set(snapshot.section("record").all("absent"))
    return Found(
        run, when, snapshot.guest.value, before, {place: place.rstrip("/") not in absent for place in places(mac)}
    )


def vouched(mac: Mac, run: str, when: str) -> Found:
    """The journal of a Mac of which a person says that nothing was there of all that the wish names.

    Settings every Mac has (power) are not in it: nobody knows how they were.
    """
    before = {
        address: how for resource in resources_of(mac) for address, how in resource.absent(resource.wish(mac)).items()
    }
    return Found(run, when, Guest.ABSENT.value, before, {place: place in OF_MACOS for place in places(mac)})


def write(found: Found, mac: Mac) -> Command:
    """The command that puts the journal into its place, whole or not at all, for the login user alone."""
    said = {"format_version": FORMAT_VERSION, "lab": mac.lab, "mac": mac.name, "run": found.run, "when": found.when}
    said |= {"guest": found.guest, "before": dict(found.before), "places": dict(found.places)}
    said |= {"late": True} if found.late else {}
    wish = FileWish(path_of(mac.lab), json.dumps(said, sort_keys=True) + "\n", "0600")
    return replace(write_file(wish, Where.MAC), says="note what was there before")


def traces(found: Found, mac_: Mac) -> Change:
    """The removal of what is left on the Mac of all that was not there before: the last Change there is."""
    words = sorted((place for place, was in found.places.items() if not was), key=lambda place: -place.count("/"))
    rest = [place for place in words if not STATE.startswith(place.rstrip("/"))]
    argv = shell(_script("traces"), f"lab={mac_.lab}", *rest)
    command = mac(*argv, deadline=600, says="remove what else was not there before")
    attribute = Attribute("places", len(rest), 0)
    return Change("traces", Action.DELETE, (attribute,), "they came with what is gone now", (command,))


def farewell(found: Found, mac_: Mac) -> Command:
    """Removes carbon-fleet's own notes of this lab, the journal last. To be run once the Mac's lock is let go."""
    words = [place for place, was in found.places.items() if not was and f"{STATE}/".startswith(f"{place}/")]
    return mac(*shell(_script("farewell"), mac_.lab, *sorted(words, key=len, reverse=True)), deadline=30)


def _script(name: str) -> str:
    return assets.text(f"destroy/{name}.sh")
