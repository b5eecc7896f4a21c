"""The lab file that adopts a Mac, with what it does not touch, and what it would change, said in it. Pure."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from carbon_fleet.plan import Action, Change, Finding, Refusal
from carbon_fleet.spec.writing import wish_yaml

WIDTH = 118
SCHEMA = "# yaml-language-server: $schema=lab.schema.json"


def text(
    lab: str, mac: str, wish: dict[str, Any], unsaid: Sequence[str], left: Sequence[str], findings: Sequence[Finding]
) -> str:
    """The whole file."""
    document = wish_yaml({"lab": lab, "macs": {mac: wish}})
    parts = [
        SCHEMA,
        "#",
        *_lines("What this Mac is, as one look found it. lab.example.yml has every key there is.", ""),
    ]
    parts += ["", document.rstrip("\n"), ""]
    parts += list(_section("Not touched:", left or ("nothing else was found",)))
    parts += list(_section("What could not be said:", unsaid))
    parts += list(_plan(findings))
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(title: str, items: Iterable[str]) -> Iterator[str]:
    said = list(items)
    if said:
        yield "#"
        yield f"# {title}"
        for item in said:
            yield from _lines(item, "- ")


def _plan(findings: Sequence[Finding]) -> Iterator[str]:
    changes = [finding for finding in findings if isinstance(finding, Change)]
    refusals = [finding for finding in findings if isinstance(finding, Refusal)]
    if not changes and not refusals:
        yield from ("#", "# `carbon-fleet plan` finds nothing to do: this is what the Mac is already.")
        return
    yield from _section("The nearest that can be wished. What `carbon-fleet apply` would do:", map(_change, changes))
    stakes = list(dict.fromkeys(stake for change in changes if _anew(change) for stake in change.at_stake))
    yield from _section("What is at stake with it; it needs --allow-replace with this Mac's name:", stakes)
    refused = (f"{one.code}: {one.what}; {one.remedy}" for one in refusals)
    yield from _section("What is in the way, and refused until it is settled:", refused)


def _anew(change: Change) -> bool:
    return change.action is Action.REPLACE


def _change(change: Change) -> str:
    named = ", ".join(f"{one.name} {_word(one.before)} → {_word(one.after)}" for one in change.attributes)
    return f"{change.action} {change.address} ({named}): {change.reason}"


def _word(value: object) -> str:
    shown = "nothing" if value is None else str(value).replace("\n", " ").strip()
    return shown if len(shown) <= 40 else f"{shown[:39]}…"


def _lines(said: str, mark: str) -> list[str]:
    indent = "# " + " " * len(mark)
    clean = "".join(letter if letter.isprintable() else "?" for letter in said)
    wrapped = textwrap.wrap(
        clean,
        WIDTH,
        initial_indent=f"# {mark}",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped or ["#"]
