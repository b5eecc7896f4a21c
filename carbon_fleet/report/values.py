"""Values of a Report as lines of text: what a Mac said is shown, never obeyed by the terminal."""

import difflib

from carbon_fleet.plan import Attribute

SHORT = 60
MOST_LINES = 24
_HIDDEN = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def visible(text: str) -> str:
    """The text with control characters written out: a lying Mac must not move the cursor or set the title."""
    return text.translate(_HIDDEN)


def attribute_lines(attribute: Attribute) -> list[str]:
    """An attribute's difference: one line, or for texts of several lines their differing lines below its name."""
    before, after = attribute.before, attribute.after
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        return [f"{attribute.name}:", *(f"  {line}" for line in _diff(before, after))]
    shown = _shown(before), _shown(after)
    if shown[0] == shown[1]:
        shown = _where_they_part(str(before), str(after))
    return [f"{attribute.name}: {shown[0]} → {shown[1]}"]


def _diff(before: str, after: str) -> list[str]:
    lines = list(difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=0))[2:]
    shown = [line for line in lines if not line.startswith("@@")]
    more = len(shown) - MOST_LINES
    return [*shown[:MOST_LINES], f"… {more} more lines (--json has all)"] if more > 0 else shown


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]} (no newline at the end)"]


def _shown(value: object) -> str:
    if value is None:
        return "(none)"
    text = " ".join(value.split()) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _where_they_part(before: str, after: str) -> tuple[str, str]:
    """Two long or blank-ridden values that look the same when shortened: quoted, from just before they differ."""
    same = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(min(before, after)))
    start = max(0, same - SHORT // 3)
    lead = "…" if start else ""
    return tuple(lead + _quoted(text[start : start + SHORT]) for text in (before, after))  # type: ignore[return-value]


def _quoted(text: str) -> str:
    return f"`{text}`"
