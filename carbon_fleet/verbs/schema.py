"""`carbon-fleet schema [--report] [-o FILE] [--check]`: the JSON Schema of lab files, for editors, or of Reports."""

import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path

from carbon_fleet.report.document import Exit
from carbon_fleet.report.schema import FILE, schema_text
from carbon_fleet.spec import SectionSpec, lab_schema

DEFAULT = Path("inventories/lab.schema.json")


def schema(
    sections: Sequence[SectionSpec], output: Path | None = None, check: bool = False, report: bool = False
) -> int:
    """Print the schema, write it to `output`, or with `check` say whether `output` is current (2 when it is not)."""
    text = schema_text() if report else dumps(lab_schema(sections), indent=2, ensure_ascii=False) + "\n"
    if check:
        return _check(output or (FILE if report else DEFAULT), text, "schema --report" if report else "schema")
    if output is None:
        print(text, end="")
        return 0
    return _write(output, text)


def _check(file: Path, text: str, verb: str) -> int:
    try:
        current = file.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        current = False
    if not current:
        print(f"{file}: not the schema of this version, run `carbon-fleet {verb} -o {file}`", file=sys.stderr)
    return 0 if current else Exit.PENDING


def _write(file: Path, text: str) -> int:
    try:
        beside = file.with_name(f".{file.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        print(f"{file}: cannot be written: {error.strerror}", file=sys.stderr)
        return Exit.WE_FAILED
    return 0
