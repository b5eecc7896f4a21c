"""Which models a Mac needs, and mistakes that only its models and its stacks together can show."""

from collections.abc import Iterator

from carbon_fleet.spec import Mac, Problem
from carbon_fleet.spec.runtime import RuntimeName
from operations import runtimes
from operations._definitions import unknown
from operations.model import loads
from operations.model.wish import Model, Models

_Path = tuple[str | int, ...]


def needed(wanted: Models, mac: Mac, *on: RuntimeName) -> tuple[tuple[str, Model], ...]:
    """The models that the Mac's stacks name, by name; what is not described is reported by `check`.

    Those in the machine; with `on`, those of these runtimes.
    """
    names = runtimes.stacks_on(mac, *(on or runtimes.QUADLET)).models()
    return tuple((name, wanted.root[name]) for name in names if name in wanted.root)


def check(wanted: Models, mac: Mac) -> Iterator[Problem]:
    """Models that stacks name and nobody describes, a path that a Mac is to fetch by itself, what nothing can hold."""
    for path, name in _named(mac):
        if name not in wanted.root:
            known = tuple(sorted(wanted.root))
            yield unknown("model", name, known, path) if known else _undescribed(name, path)
    for name, model in wanted.root.items():
        if model.fetch == "mac" and model.local:
            why = "the path is one of the machine carbon-fleet runs on, and a Mac cannot fetch it from there"
            write = "leave `fetch` out: carbon-fleet sends it; or write a URL"
            yield Problem(("models", name, "fetch"), f"`{name}` is not the Mac's to fetch", why, write)
    yield from loads.problems(mac)


def _undescribed(name: str, path: _Path) -> Problem:
    why = "nobody says where it comes from"
    write = f"describe it: `models: {{{name}: {{url: https://…, sha256: …}}}}`"
    return Problem(path, f"there is no model `{name}`", why, write)


def _named(mac: Mac) -> Iterator[tuple[_Path, str]]:
    from operations.stack.wish import Stacks

    for place, stack in enumerate(mac.section("stacks", Stacks).all()):
        for member, container in stack.members().items():
            written = ("containers", member, "models") if stack.containers is not None else ()
            chosen = ("settings", "model") if stack.containers is None and "model" in stack.settings else ()
            for number, name in enumerate(container.models):
                yield ("stacks", place, *(written and (*written, number)), *chosen), name
