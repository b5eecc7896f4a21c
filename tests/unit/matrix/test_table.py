"""The table: one Mac's runtimes with the words behind them, several Macs side by side; hostile words made harmless."""

import io
from typing import Any

from rich.console import Console

from carbon_fleet.matrix.runtimes import APPLE, DOCKER, LIBKRUN, NATIVE, TITLES, Computed, Seen, Verdict, told
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.text import print_report


def entries(**why: str) -> list[dict[str, Any]]:
    device = Computed("Virtio-GPU Venus (Apple M4)", "venus", True)
    made = {
        LIBKRUN: told(Seen(LIBKRUN, True, "6.1.1", True), Verdict.GPU, "15 jobs right", "", device),
        DOCKER: told(Seen(DOCKER, True, "4.51.0", False), Verdict.UNMEASURED, "not running", "`docker desktop start`"),
        NATIVE: told(Seen(NATIVE), Verdict.UNMEASURED, "no native tool declared"),
    }
    found = {name: made.get(name) or told(Seen(name), Verdict.ABSENT, why.get(name, "absent")) for name in TITLES}
    return [found[name].as_dict() for name in TITLES]


def shown(*macs: MacReport) -> str:
    target = io.StringIO()
    report = Report("matrix", "brisbane", "lab.yml", "", macs=list(macs))
    print_report(report, Console(file=target, width=160, emoji=False, highlight=False))
    return target.getvalue()


def mac(name: str, found: list[dict[str, Any]]) -> MacReport:
    return MacReport(name, measured={"matrix": {"runtimes": found}})


def test_one_mac_has_a_line_per_runtime_and_what_to_do() -> None:
    text = shown(mac("mac-01", entries()))
    lines = text.splitlines()
    assert [line.split("  ")[0] for line in lines[2 : 2 + len(TITLES)]] == list(TITLES.values())
    assert "computes on the GPU" in next(line for line in lines if line.startswith("Podman libkrun"))
    assert "Virtio-GPU Venus (Apple M4)" in text
    assert "do: `docker desktop start`" in text


def test_several_macs_have_a_line_each() -> None:
    gone = MacReport("mac-03", Outcome.UNREACHABLE)
    lines = shown(mac("mac-01", entries()), mac("mac-02", entries()), gone).splitlines()
    assert [line.split()[0] for line in lines] == ["Mac", "mac-01", "mac-02", "mac-03"]
    assert lines[1].count("computes on the GPU") == 1
    assert lines[3].count("unreachable") == len(TITLES)


def test_a_mac_that_said_nothing_has_no_table() -> None:
    assert "nothing was tried" in shown(MacReport("mac-01", Outcome.UNREACHABLE))


def test_a_lying_mac_moves_no_cursor_and_colours_nothing() -> None:
    text = shown(mac("mac-01", entries(**{APPLE: "\x1b[2J[red]gone[/red] \x07"})))
    assert "\x1b" not in text
    assert "[red]gone[/red]" in text
