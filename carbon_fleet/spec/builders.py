"""`build_on`: which Mac of a lab builds the images of which others."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.mac import Mac
from carbon_fleet.spec.parse import shortened

Fault = Callable[[Mac, str, str, str], None]
"""Told of a wrong `build_on`: its Mac, what is wrong, why, what to write."""


def linked(macs: Sequence[Mac], known: Collection[str], sections: Collection[str], fault: Fault) -> list[Mac]:
    """The Macs, each with its builder; a name that is none of the `known` and a chain go to `fault`.

    A Mac that names itself builds its own, so that `defaults` may name the builder for all. A builder whose own wish is
    not whole (it lacks one of `sections`) is left out: that is already a fault, and nothing can be said of its images.
    """
    names = {mac.name: mac for mac in macs}
    return [_linked(mac, names, known, sections, fault) for mac in macs]


def _linked(mac: Mac, names: Mapping[str, Mac], known: Collection[str], sections: Collection[str], fault: Fault) -> Mac:
    wished = mac.build_on
    if wished is None or wished == mac.name:
        return mac
    if wished not in known:
        why = "the builder is one of the lab's own Macs"
        fault(mac, f"`{shortened(wished)}` is not a Mac of this lab", why, nearest(wished, list(known)))
        return mac
    builder = names.get(wished)
    if builder is None:
        return mac
    if builder.build_on not in (None, builder.name):
        what = f"`{builder.name}` builds nothing: its own images are built on `{builder.build_on}`"
        fault(mac, what, "a builder builds its own", f"write `build_on: {builder.build_on}`")
        return mac
    return replace(mac, builder=builder) if set(sections) <= set(builder.sections) else mac
