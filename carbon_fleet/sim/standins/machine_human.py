"""How podman prints for people: columns, sizes, ages, and the templates of --format (containers/common pkg/report)."""

from __future__ import annotations

import datetime
import re
import sys

from .disk import fail
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FIELD = re.compile(r"\{\{-?\s*(?:json\s+|if\s+)?\.(\w+)")
_AGES = ((46, 1, "second"), (46 * 60, 60, "minute"), (36 * 3600, 3600, "hour"), (14 * 86400, 86400, "day"))


def write_rows(form: str, rows: list[dict[str, Any]], headings: dict[str, str], verb: str, kind: str) -> None:
    """Print `rows` by a template; with `table ` before it in columns under `headings`. A bad one ends the program."""
    table = form.startswith("table ")
    body = form.removeprefix("table ").replace("\\t", "\t")
    check(body, rows, "{{range .}}", verb, kind)
    lines = [render(body, row) for row in rows]
    if table:
        lines = columns([render(body, headings) if headings else "", *lines] if headings else lines)
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def check(form: str, rows: list[dict[str, Any]], before: str, verb: str, kind: str) -> None:
    """End as Go's templates do: at once for a malformed one, at the first row for a field that is not there."""
    if form.count("{{") != form.count("}}"):
        fail(f"Error: template: {verb}:1: bad character U+007B '{{'", 125)
    for match in _FIELD.finditer(form) if rows else ():
        if match[1] not in rows[0]:
            place = f"{verb}:1:{len(before) + match.start(1) - 1}"
            why = f'executing "{verb}" at <.{match[1]}>: can\'t evaluate field {match[1]} in type {kind}'
            fail(f"Error: template: {place}: {why}", 125)


def columns(lines: list[str]) -> list[str]:
    """Align cells parted by tabs: columns of 12 characters at least, two spaces between, the last one as it is."""
    cells = [line.split("\t") for line in lines]
    count = max((len(row) for row in cells), default=0)
    widths = [max(12, *(len(row[at]) + 2 for row in cells if at < len(row))) for at in range(count)]
    return ["".join(cell.ljust(widths[at]) for at, cell in enumerate(row[:-1])) + row[-1] for row in cells]


def size(amount: int) -> str:
    """Bytes as people read them: four digits, binary units."""
    value, unit = float(amount), 0
    while value >= 1024:
        value, unit = value / 1024, unit + 1
    return f"{value:.4g}" + ("B", "KiB", "MiB", "GiB", "TiB")[unit]


def age(moment: str) -> str:
    """How long ago an RFC 3339 time was."""
    then = datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", moment))
    seconds = int((datetime.datetime.now().astimezone() - then).total_seconds())
    if seconds < 1:
        return "Less than a second ago"
    for limit, unit, name in _AGES:
        if seconds < limit:
            count = seconds // unit
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return f"{seconds // (7 * 86400)} weeks ago"
