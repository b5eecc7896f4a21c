"""The table and the page of `prove`: from the Report alone, safe against what a Mac may say, the same every time."""

import io
import itertools
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from rich.console import Console

from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.html import html_of
from carbon_fleet.report.html.plot import LEFT, RIGHT, WIDTH, Plot, Point, strip_plot
from carbon_fleet.report.prove_table import times
from carbon_fleet.report.text import print_report
from tests.unit.prove.reports import fleet_of, good, measured, slow, stopped

EVIL = '</title><script>alert("x")</script>\x1b]0;gpu\x07'


class Page(HTMLParser):
    """The page's tags, in order; every one that opens must close."""

    VOID = ("meta", "rect", "line", "path", "circle")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def page(report: Report) -> str:
    return html_of(report.as_dict())


def lines(report: Report) -> list[str]:
    out = io.StringIO()
    print_report(report, Console(file=out, width=180, emoji=False, highlight=False))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def report_of(*macs: MacReport) -> Report:
    return Report("prove", "lab", "lab.yml", "2026-11-21T04:00:00+00:00", 5.0, 8, list(macs))


def test_the_table_as_it_is_read() -> None:
    found = lines(report_of(good("mac-01"), slow("mac-02"), stopped("mac-03")))[-4:]
    assert found == [
        "Mac outcome device through jobs GB/s GFLOP/s baseline seconds",
        "mac-01 verified Virtio-GPU Venus (Apple M4) venus 11/11 93.1 (1.3x) 1122.0 (10x) 100% · 100% 4.9",
        "mac-02 drifted Virtio-GPU Venus (Apple M4) venus 11/11 93.1 (1.3x) 561.0 (10x) 100% · 50% 9.9",
        "mac-03 verify failed - - - - - - 0.4",
    ]


def test_what_is_slower_is_called_drift_not_failed() -> None:
    text = lines(report_of(slow("mac-02"), stopped("mac-03")))
    assert "drift environment.gpu GPU_REGRESSED" in text
    assert "failed gpu MACHINE_STOPPED" in text


def test_the_table_of_a_mac_that_never_answered() -> None:
    assert lines(report_of(MacReport("mac-01", Outcome.UNREACHABLE)))[-1] == "mac-01 unreachable - - - - - - 0.0"


@pytest.mark.parametrize(("ratio", "text"), [(0.4, "0.40x"), (1.3, "1.3x"), (9.96, "10.0x"), (112.2, "112x")])
def test_a_ratio_has_no_more_digits_than_it_bears(ratio: float, text: str) -> None:
    assert times(ratio) == text


@pytest.mark.parametrize("size", [0, 1, 12, 60])
def test_a_page_is_whole_and_needs_nothing_else(size: int) -> None:
    report = fleet_of(size)
    read = Page(page(report))
    assert not {tag for tag, _ in read.tags} & {"script", "link", "img", "iframe", "object", "style-src"}
    for _, attributes in read.tags:
        assert not set(attributes) & {"src", "href", "xlink:href", "onload", "style"}
    for mac in report.macs:
        assert mac.mac in read.text
    accepted = sum(mac.measured["prove"]["accepted"] for mac in report.macs)
    drawn = sum(
        tag == "circle" or (tag == "path" and attributes["fill"] == "var(--odd)") for tag, attributes in read.tags
    )
    assert drawn == 2 * accepted
    assert read.count("svg") == (2 if accepted else 0)


def test_equal_reports_give_equal_bytes_also_through_json() -> None:
    report = fleet_of(12)
    assert page(report) == page(fleet_of(12)) == html_of(json.loads(report.to_json()))


def test_every_plot_is_well_formed_titled_and_described() -> None:
    text = page(fleet_of(60))
    plots = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(plots) == 2
    for plot in plots:
        tree = ElementTree.fromstring(plot)
        ids = (tree.get("aria-labelledby") or "").split()
        assert [tree.find(name).get("id") for name in ("title", "desc")] == ids  # type: ignore[union-attr]
    assert "Standing out: mac-05, mac-56, mac-39, mac-22" in plots[0]
    assert "Standing out" not in plots[1]


def test_nothing_a_mac_says_becomes_markup() -> None:
    mac = good("mac-01", chip=EVIL)
    mac.measured["prove"] |= {"device": EVIL, "through": EVIL}
    mac.outcome = Outcome.VERIFY_FAILED
    bad = stopped("mac-02")
    bad.failures[0].what = bad.failures[0].remedy = EVIL
    text = page(report_of(mac, bad))
    read = Page(text)
    assert read.count("script") == 0
    assert '<script>alert("x")</script>\\x1b]0;gpu\\x07' in read.text
    assert not set(text) & {chr(code) for code in range(32) if chr(code) != "\n"}


def test_software_and_models_never_stand_beside_a_gpu() -> None:
    software, modelled = good("mac-02"), good("mac-03")
    software.measured["prove"]["software"] = True
    modelled.measured["prove"] |= {"software": True, "modelled": True}
    text = page(report_of(good("mac-01"), software, modelled))
    for group in ("Apple M4", "Apple M4, software", "Apple M4, modelled"):
        assert f">{group}<title>" in text


def test_a_refused_figure_is_in_the_table_but_in_no_plot() -> None:
    mac = good("mac-01", compute=44.9)
    mac.outcome = Outcome.VERIFY_FAILED
    mac.measured["prove"] |= {"accepted": False, "baseline": None}
    text = page(report_of(mac))
    assert "<svg" not in text
    assert ">44.9<" in text
    assert "in no plot: <bdi>mac-01</bdi>" in text


def plot(*values: float, group: str = "Apple M4") -> Plot:
    return strip_plot("p", "t", "u", [Point(f"mac-{n:02}", group, value) for n, value in enumerate(values)])


def test_dots_do_not_lie_upon_each_other() -> None:
    (row,) = plot(*[100 + n % 7 for n in range(60)]).rows
    assert len(row.dots) == 60
    for one, other in itertools.combinations(row.dots, 2):
        assert max(abs(one.x - other.x), abs(one.y - other.y)) >= 8
    for dot in row.dots:
        assert row.top < dot.y < row.top + row.height


def test_names_do_not_lie_upon_each_other_and_stay_inside() -> None:
    found = plot(*[100.0] * 40, *[30 + n for n in range(9)], *[400.0] * 4)
    labels = found.rows[0].labels
    assert len(labels) == 13 == len(found.outliers)
    for one, other in itertools.combinations(labels, 2):
        assert abs(one.x - other.x) >= 6 * len(one.text) or abs(one.y - other.y) >= 14
    for label in labels:
        assert LEFT < label.x < WIDTH
        assert label.y < found.bottom


def test_a_mac_far_from_its_chips_median_is_named() -> None:
    assert plot(100, 100, 100, 74, 100).outliers == ("mac-03",)
    assert plot(100, 100, 100, 134, 100).outliers == ("mac-03",)
    assert plot(100, 100, 100, 76, 132).outliers == ()


def test_a_slower_mac_is_named_wherever_it_lies() -> None:
    points = [Point("mac-00", "c", 100.0), Point("mac-01", "c", 100.0, before=200.0, slower=True)]
    found = strip_plot("p", "t", "u", points)
    assert found.outliers == ("mac-01",)
    (base,) = [dot.base for dot in found.rows[0].dots if dot.base is not None]
    assert base > found.rows[0].dots[0].x


@pytest.mark.parametrize("values", [(0.8,), (1.0, 10.0), (20.0, 2.0), (3e-7, 9e9), (999.9, 1000.0)])
def test_the_axis_holds_every_figure(values: tuple[float, ...]) -> None:
    found = plot(*values)
    for dot in found.rows[0].dots:
        assert LEFT < dot.x < WIDTH - RIGHT
    assert [x for x, _ in found.ticks] == sorted({x for x, _ in found.ticks})
    assert (found.ticks[0][0], found.ticks[-1][0]) == (LEFT, WIDTH - RIGHT)


def test_measured_is_what_the_docs_say() -> None:
    assert set(measured("Apple M4", 1.0, 1.0)) == {
        *("format_version", "accepted", "software", "modelled", "chip", "device", "through", "jobs", "figures"),
        *("versions", "baseline", "drift", "proof"),
    }


def test_an_environment_has_a_row_of_its_own_and_no_markup() -> None:
    proof = {
        "environment": "ml",
        "kind": "mps",
        "accepted": True,
        "device": EVIL,
        "jobs": {"ok": 5, "all": 5},
        "compute_gflop_s": 3000.04,
        "compute_ratio": 2.0,
    }
    report = fleet_of(1)
    report.macs = [MacReport("mac-01", Outcome.VERIFIED, measured={"environments": [proof]})]
    out = io.StringIO()
    print_report(report, Console(file=out, width=200))
    (row,) = [line for line in out.getvalue().splitlines() if line.startswith("mac-01")]
    assert "mps in ml" in row
    assert "3000.0 (2.0x)" in row
    assert "\x1b" not in row
    assert "mps in ml" in Page(html_of(report.as_dict())).text
