"""Reads a Report back from its JSON: this format's, and those before it as far as they go."""

import json
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from carbon_fleet.report.document import FORMAT_VERSION, Report


class NotAReport(Exception):
    """The text is no Report this version can read; the message says why and what to do."""


def read_report(text: str | bytes) -> Report:
    """The Report in `text`; what an older format did not have is as if nobody had said it. Raises `NotAReport`."""
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise NotAReport(f"it is no JSON: {error}") from None
    if not isinstance(plain, dict) or not isinstance(plain.get("format_version"), int) or "macs" not in plain:
        raise NotAReport("it has no `format_version` and no `macs`: every Report of a verb with --json has both")
    if plain["format_version"] > FORMAT_VERSION:
        known = f"this version reads formats up to {FORMAT_VERSION}"
        raise NotAReport(f"it has format {plain['format_version']}, {known}: update carbon-fleet")
    return _validated(plain)


def _validated(plain: dict[str, Any]) -> Report:
    try:
        return adapter().validate_python(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NotAReport(f"`{where}`: {first['msg'].lower()}") from None


@cache
def adapter() -> TypeAdapter[Report]:
    """What knows the shape of a Report; made once, and only where it is needed."""
    return TypeAdapter(Report)
