"""What a shell may complete beside verbs and options: names of the lab file on the line, and the runs that are kept.

It never fails and never speaks: where something is wrong there is nothing to offer.
"""

from contextlib import suppress
from pathlib import Path

import typer

LATEST = 30
"""As many runs are offered, the newest first."""


def macs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Macs of the lab file on the line."""
    return [name for name in _names(ctx)[0] if name.startswith(incomplete)]


def chosen(ctx: typer.Context, incomplete: str) -> list[str]:
    """Groups and Macs of the lab file, as `--limit` takes them: after a comma, those that were not named before it."""
    before, comma, word = incomplete.rpartition(",")
    names, groups = _names(ctx)
    said = before.split(",")
    return [f"{before}{comma}{name}" for name in (*groups, *names) if name.startswith(word) and name not in said]


def canaries(ctx: typer.Context, incomplete: str) -> list[str]:
    """What `--canary` takes: `by-class`, or groups and Macs of the lab file."""
    names, groups = _names(ctx)
    return [name for name in ("by-class", *groups, *names) if name.startswith(incomplete)]


def runs(incomplete: str) -> list[str]:
    """`latest`, and the runs that are kept on this machine."""
    from carbon_fleet.runs.index import entries

    with suppress(Exception):
        newest = [entry.run for entry in reversed(entries())][:LATEST]
        return [word for word in ("latest", *newest) if word.startswith(incomplete)]
    return []


def _names(ctx: typer.Context) -> tuple[list[str], list[str]]:
    """The names of the Macs and of the groups. A file with mistakes still has names; one that is no YAML has none."""
    from carbon_fleet.spec import document
    from carbon_fleet.spec.layers import Faults, layers
    from carbon_fleet.spec.parse import parse

    with suppress(Exception):
        # An option that waits for its value ends click's parsing before the file has become a parameter.
        file = Path(ctx.params.get("file") or ctx.args[0])
        root, _ = parse(document.read_text(file).removeprefix("\ufeff"), str(file))
        parts = layers(root, (), Faults(str(file)))
        return list(parts.macs), list(parts.groups)
    return [], []
