"""The text view, whole: differences, long values, failures, and what a lying Mac may try."""

import io
import os
import subprocess
import sys

import pytest
from rich.console import Console

from carbon_fleet.plan import Attribute
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Report, Result
from carbon_fleet.report.text import print_report
from carbon_fleet.report.values import MOST_LINES, attribute_lines, visible
from tests.unit.report.test_document import full

LONG = "0123456789" * 12


def rendered(report: Report) -> str:
    out = io.StringIO()
    print_report(report, Console(file=out, width=160, emoji=False, highlight=False))
    return out.getvalue()


def drift(*attributes: Attribute) -> Report:
    change = Planned("guest.file./etc/x", "update", list(attributes), "it [must] be so :bomb:", [], [])
    mac = MacReport("mac-01", Outcome.DRIFTED, 0.31, 1, probes=1, changes=[change])
    return Report("drift", "lab", "lab.yml", "", macs=[mac])


def test_a_drift_as_it_is_read() -> None:
    text = rendered(
        drift(
            Attribute("content", "a\nb\nc\n", "a\nB\nc\n"),
            Attribute("mode", "0644", "0600"),
            Attribute("rootful", False, True),
            Attribute("owner", None, "root:root"),
        )
    )
    assert [line.rstrip() for line in text.splitlines()] == [
        "mac-01",
        "    ~ guest.file./etc/x  it [must] be so :bomb:",
        "        content:",
        "          -b",
        "          +B",
        "        mode: 0644 → 0600",
        "        rootful: false → true",
        "        owner: (none) → root:root",
        "",
        "Mac     outcome  changes  commands  looks  seconds",
        "mac-01  drifted        1         0      1      0.3",
        "1 difference: 1 unknown",
    ]


def test_refusals_notices_and_stakes() -> None:
    text = [line.rstrip() for line in rendered(full()).splitlines()]
    assert text == [
        "mac-01",
        "  -/+ a.b  why",
        "        at stake: v",
        "  note a CODE",
        "        what",
        "        why: why",
        "        do: do",
        "  refused a CODE",
        "        what",
        "        why: why",
        "        do: do",
        "",
        "Mac     outcome    changes  commands  looks  seconds",
        "mac-01  refused          1         1      1      1.5",
        "mac-02  converged        0         0      0      0.0",
    ]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (LONG, "short", [f"x: {LONG[:60]}… → short"]),
        ("a", "a\n", ["x:", "  -a (no newline at the end)", "  +a"]),
        ("a  b", "a b", ["x: `a  b` → `a b`"]),
        ("", "a", ["x:  → a"]),
        (None, "a\nb", ["x: (none) → a b"]),
        (1, 2, ["x: 1 → 2"]),
        ("--\n", "++\n", ["x:", "  ---", "  +++"]),
    ],
)
def test_values(before: str | int | None, after: str | int, lines: list[str]) -> None:
    assert attribute_lines(Attribute("x", before, after)) == lines


def test_long_values_that_differ_late_are_shown_where_they_differ() -> None:
    (line,) = attribute_lines(Attribute("x", LONG + "old", LONG + "new"))
    assert line.endswith("old` → …`" + LONG[-20:] + "new`")


def test_a_whole_rewritten_file_is_cut() -> None:
    before, after = ("".join(f"{word} {n}\n" for n in range(500)) for word in ("old", "new"))
    lines = attribute_lines(Attribute("content", before, after))
    assert len(lines) == MOST_LINES + 2
    assert lines[-1] == f"  … {1000 - MOST_LINES} more lines (--json has all)"


def test_no_line_is_broken_by_us() -> None:
    remedy = "run: " + "x" * 500
    report = Report("apply", "l", "f", "", macs=[MacReport("m", Outcome.FAILED)])
    report.macs[0].failures = [Failure("a", "C", "w", "y", remedy)]
    report.macs[0].changes = drift().macs[0].changes
    report.macs[0].changes[0].reason = "because " * 60
    text = rendered(report)
    assert f"        do: {remedy}\n" in text
    assert "because " * 60 in text


def test_what_a_mac_said_never_reaches_the_terminal_as_orders() -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\rok [red]x[/red] [/bold] \\[a]"
    report = drift(Attribute("x", evil, "good"), Attribute("content", f"{evil}\n", "good\n"))
    report.macs[0].failures = [Failure(evil, "CODE", evil, evil, evil)]
    report.macs[0].notices = [Failure(evil, "CODE", evil, evil, evil)]
    report.macs[0].changes[0].at_stake = [evil]
    text = rendered(report)
    assert not [char for char in text if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160)]
    assert "\\x1b]0;owned\\x07\\x1b[2J\\x9b31m" in text
    assert "[red]x[/red] [/bold] \\[a]" in text
    assert visible("tab\tline\nü") == "tab\tline\nü"


def test_sixty_macs_are_sixty_lines() -> None:
    macs = [MacReport(f"mac-{n:02}", Outcome.CONVERGED, 0.5, 1, probes=1) for n in range(60)]
    macs[7].results = [Result("a", "b", 0, 0.1, ())]
    lines = rendered(Report("apply", "l", "f", "", macs=macs)).splitlines()
    assert len(lines) == 61
    assert len({len(line.rstrip()) for line in lines}) == 1, "columns are aligned"


SHOW = """
from carbon_fleet.report.text import print_report, terminal
from tests.unit.report.test_document import full
print_report(full(), terminal())
"""


@pytest.mark.parametrize(
    ("env", "coloured"), [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False), ({}, False)]
)
def test_colours_only_where_they_are_wanted(env: dict[str, str], coloured: bool) -> None:
    clean = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "NO_COLOR")}
    ran = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, env={**clean, **env}, timeout=60, check=True
    )
    assert ("\x1b[3" in ran.stdout) is coloured
    assert "refused" in ran.stdout
