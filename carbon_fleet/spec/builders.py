"""`build_on`: which Mac of a lab builds the images of which others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.mac import Mac
from carbon_fleet.spec.parse import shortened

Fault = Callable[[Mac, str, str, str], None]
"""Told of a wrong `build_on`: its Mac, what is wrong, why, what to write."""


def linked(
    macs: Sequence[Mac], known: Collection[str], groups: Collection[str], sections: Collection[str], fault: Fault
) -> list[Mac]:
    """The Macs, each with its builder; a name that is none of the `known` Macs or `groups` and a chain go to `fault`.

    A Mac that names itself builds its own, so that `defaults` may name the builder for all. Of a group, the first Mac
    in the file with the same `platform` builds. A builder whose own wish is not whole (it lacks one of `sections`) is
    left out: that is already a fault, and nothing can be said of its images.
    """
    members = {group: [mac for mac in macs if group in mac.groups] for group in {mac.build_on for mac in macs}}
    links = _Links({mac.name: mac for mac in macs}, known, groups, members, sections, fault)
    done = [links.linked(mac) for mac in macs]
    receivers: dict[str, list[str]] = {}
    for mac in done:
        if mac.builder is not None:
            receivers.setdefault(mac.builder.name, []).append(mac.name)
    return [replace(mac, builds_for=tuple(receivers[mac.name])) if mac.name in receivers else mac for mac in done]


@dataclass(frozen=True)
class _Links:
    macs: Mapping[str, Mac]
    known: Collection[str]
    groups: Collection[str]
    members: Mapping[str | None, Sequence[Mac]]
    sections: Collection[str]
    fault: Fault

    def linked(self, mac: Mac) -> Mac:
        wished = mac.build_on
        if wished is None or wished == mac.name:
            return mac
        if wished in self.known and wished in self.groups:
            why = "one of the two builds the images of this Mac"
            self.fault(mac, f"`{wished}` is a Mac and a group of this lab", why, "give one of them another name")
            return mac
        builder = self.of_group(mac, wished) if wished in self.groups else self.named(mac, wished)
        if builder is None or builder.name == mac.name:
            return mac
        own = self.own_builder(builder)
        if own != builder.name:
            what = f"`{builder.name}` builds nothing: its own images are built on `{own}`"
            self.fault(mac, what, "a builder builds its own", f"write `build_on: {own}`")
            return mac
        return replace(mac, builder=builder) if set(self.sections) <= set(builder.sections) else mac

    def named(self, mac: Mac, wished: str) -> Mac | None:
        if wished not in self.known:
            why = "the builder is one of the lab's own Macs, or a group of them"
            hint = nearest(wished, [*self.known, *self.groups])
            self.fault(mac, f"`{shortened(wished)}` is not a Mac or a group of this lab", why, hint)
        return self.macs.get(wished)

    def of_group(self, mac: Mac, group: str) -> Mac | None:
        found = self.first(mac, group)
        if found is None and (members := self.members[group]):
            has = ", ".join(sorted({_platform(member) for member in members}))
            what = f"no Mac of the group `{group}` builds for {_platform(mac)}"
            why = f"an image runs only on the platform it was built for, and these have {has}"
            self.fault(mac, what, why, "write the `platform` of each, or `build_on: null` here")
        elif found is None:
            why = "one of them is to build the images of this Mac"
            self.fault(mac, f"no Mac is in the group `{group}`", why, f"write `groups: [{group}]` at a Mac")
        return found

    def first(self, mac: Mac, group: str) -> Mac | None:
        """The Mac of a group that builds for `mac`: the first in the file that is for the same platform."""
        return next((each for each in self.members[group] if each.platform == mac.platform), None)

    def own_builder(self, mac: Mac) -> str | None:
        """The name of the Mac that builds a Mac's own images: usually its own."""
        wished = mac.build_on or mac.name
        if wished in self.known or wished not in self.groups:
            return wished
        found = self.first(mac, wished)
        return found.name if found else mac.name


def _platform(mac: Mac) -> str:
    return mac.platform or "a platform that is not said"
