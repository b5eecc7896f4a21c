"""The waivers of a lab file: read, checked, and given to the Macs they are about."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.layers import Faults
from carbon_fleet.spec.mac import Mac
from carbon_fleet.spec.parse import shortened
from carbon_fleet.spec.section import Validator
from carbon_fleet.spec.tree import Node, child, empty
from carbon_fleet.spec.waiver import Waiver, Waivers, names


def waivers_of(
    node: Node | None, macs: Mapping[str, Collection[str]], groups: Collection[str], faults: Faults
) -> tuple[Waiver, ...]:
    """The waivers written at `node`; what is wrong with them goes to `faults`. `macs` has each Mac's groups."""
    if node is None or empty(node):
        return ()
    valid, found = Validator().validate(Waivers, node, node)
    for each in found:
        faults.add(each.node, ("waivers", *each.path), *each.words)
    waivers = valid.root if isinstance(valid, Waivers) else ()
    for index, place, word in _words(waivers):
        if not any(names(word, mac, its) for mac, its in macs.items()):
            path = (index, "macs", place)
            what = f"no Mac, glob or group of this lab is called `{shortened(word)}`"
            faults.add(_at(node, path), ("waivers", *path), what, write=nearest(word, [*macs, *groups]))
    return waivers


def _words(waivers: tuple[Waiver, ...]) -> Iterator[tuple[int, int, str]]:
    for index, waiver in enumerate(waivers):
        yield from ((index, place, word) for place, word in enumerate(waiver.macs or ()))


def _at(node: Node, path: tuple[int | str, ...]) -> Node:
    for step in path:
        node = child(node, step) or node
    return node


def with_waivers(macs: Mapping[str, Mac], waivers: tuple[Waiver, ...]) -> dict[str, Mac]:
    """The Macs, each with the waivers that are about it."""
    covering = {mac: tuple(each for each in waivers if each.covers(mac, macs[mac].groups)) for mac in macs}
    return {name: replace(mac, waivers=covering[name]) if covering[name] else mac for name, mac in macs.items()}
