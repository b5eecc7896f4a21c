"""The fleet's page: what stands in it, that nothing in it obeys a Mac, and how a browser takes it."""

import html
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from carbon_fleet.matrix.starting import ORDER
from carbon_fleet.plan import Attribute
from carbon_fleet.plan.registry import resources
from carbon_fleet.report.chain import LAYERS, layer_of
from carbon_fleet.report.document import Cause, Failure, MacReport, Outcome, Planned, Report, Waived
from carbon_fleet.report.html.cell import RANK, cells
from carbon_fleet.report.html.fleet import fleet_page
from tests.browser import Browser

HOSTILE = "<script>alert(1)</script>\x1b]0;x\x07\"'&"


def change(address: str, cause: Cause | None = None, waiver: Waived | None = None) -> Planned:
    return Planned(
        address, "update", [Attribute("version", "5.6", "6.0")], "it is another", [], [], cause, "a receipt", waiver
    )


def drifted(name: str, *changes: Planned, **more: object) -> MacReport:
    return MacReport(name, Outcome.DRIFTED, 1.5, changes=list(changes), **more)  # type: ignore[arg-type]


def report(*macs: MacReport, verb: str = "drift", day: int = 21) -> Report:
    return Report(verb, "brisbane", "lab.yml", f"2026-11-{day}T06:00:00+00:00", 4.0, 10, list(macs), run="run-1")


def signs(mac: MacReport) -> dict[str, str]:
    return {cell.layer: cell.state.name for cell in cells(mac)}


def test_every_resource_has_a_layer_of_its_own_kind() -> None:
    known = {resource.name: layer_of(f"{resource.name}.thing") for resource in resources()}
    assert {name for name, layer in known.items() if layer == "metal"} == {"preflight", "power", "agent"}


@pytest.mark.parametrize(
    ("address", "layer"),
    [
        ("homebrew.formula.molten-vk", "moltenvk"),
        ("homebrew.formula.libkrun/krun/virglrenderer-krun", "virgl"),
        ("homebrew.tap.libkrun/krun", "krunkit"),
        ("homebrew.formula.podman", "podman"),
        ("image.venus", "venus"),
        ("stack.volume.data", "data"),
        ("docker.engine", "machine"),
        ("lima.instance", "machine"),
        *((runtime, "machine") for runtime in ORDER),
        ("docker.image.venus", "images"),
        ("docker.volume.data", "data"),
        ("docker.stack.shop.web", "stacks"),
        ("mac-01 test_gpu.py::test_computes", "venus"),
        ("mac", "metal"),
    ],
)
def test_an_address_stands_in_its_layer(address: str, layer: str) -> None:
    assert layer_of(address) == layer


@pytest.mark.parametrize("cause", list(Cause))
def test_a_cause_is_seen_in_its_layer_and_in_no_other(cause: Cause) -> None:
    seen = signs(drifted("m", change("homebrew.formula.podman", cause)))
    expected = "drift" if cause is Cause.UNKNOWN else cause.value
    assert {name for name, state in seen.items() if state != "good"} == {"podman"}
    assert seen["podman"] == expected


def test_the_worst_of_a_layer_is_what_is_seen() -> None:
    ranked = sorted(RANK, key=RANK.__getitem__)
    assert [state.name for state in ranked][-1] == "corrective"
    mac = drifted("m", change("stack.a", Cause.INTENDED), change("stack.b", Cause.CORRECTIVE))
    (stacks,) = (cell for cell in cells(mac) if cell.layer == "stacks")
    assert (stacks.state.name, stacks.count) == ("corrective", 2)


def test_a_waiver_is_seen_until_it_expires() -> None:
    waiver = Waived("ann", "a course", "2026-12-24")
    assert signs(drifted("m", change("guest.file", Cause.CORRECTIVE, waiver)))["guest"] == "waived"
    expired = Waived("ann", "a course", "2026-01-01", expired=True)
    assert signs(drifted("m", change("guest.file", Cause.CORRECTIVE, expired)))["guest"] == "corrective"


def test_of_what_was_not_seen_nothing_is_said() -> None:
    gone = MacReport("m", Outcome.UNREACHABLE, failures=[Failure("mac", "UNREACHABLE", "w", "y", "d")])
    assert set(signs(gone).values()) == {"bad", "unseen"}
    refused = MacReport("m", Outcome.REFUSED, failures=[Failure("machine.carbon", "CODE", "w", "y", "d")])
    seen = signs(refused)
    assert (seen["podman"], seen["machine"], seen["guest"], seen["stacks"]) == ("good", "refused", "unseen", "unseen")
    later = signs(drifted("m", change("machine.carbon"), later=["guest", "image", "stack"]))
    assert (later["guest"], later["venus"], later["images"], later["stacks"]) == ("later",) * 4


def test_of_a_mac_that_matrix_measured_no_layer_is_called_as_wished() -> None:
    assert set(signs(MacReport("mac-01", Outcome.MEASURED)).values()) == {"unseen"}


def test_a_failed_test_hides_no_other_layer() -> None:
    mac = MacReport(
        "m", Outcome.VERIFY_FAILED, failures=[Failure("m test_mac.py::test_x", "VERIFY_FAILED", "w", "y", "d")]
    )
    assert (signs(mac)["metal"], signs(mac)["stacks"]) == ("bad", "good")


def test_nothing_a_mac_says_is_more_than_text() -> None:
    failure = Failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    bad = change(HOSTILE)
    bad.attributes = [Attribute(HOSTILE, HOSTILE, f"{HOSTILE}\n{HOSTILE}")]
    mac = drifted(HOSTILE, bad, failures=[failure], notices=[failure], kind=HOSTILE, groups=[HOSTILE])
    page = fleet_page([report(mac, day=20), report(mac)])
    assert page.count("<script>") == 1
    assert "\x1b" not in page
    assert "\x07" not in page


def test_equal_reports_give_equal_bytes() -> None:
    many = [report(drifted("a", change("stack.x")), MacReport("b"), day=day) for day in (20, 21)]
    assert fleet_page(many) == fleet_page([*many])


def three_hundred() -> list[Report]:
    """A large lab, a third of it drifted, with runs before."""
    causes = [Cause.INTENDED, Cause.CORRECTIVE, Cause.ENVIRONMENT]
    kinds = ["Apple M1, macOS 14, 16GiB", "Apple M2 Pro, macOS 15, 32GiB", "Apple M4, macOS 26, 24GiB"]
    groups = [["canary"], ["teaching", "east"], ["west"]]

    def mac(number: int) -> MacReport:
        name, common = f"mac-{number:03}", {"kind": kinds[number % 3], "groups": groups[number % 3]}
        if number % 3:
            return MacReport(name, seconds=1.0 + number / 300, **common)  # type: ignore[arg-type]
        changes = (change("stack.jupyter", causes[number % 9 // 3]), change("homebrew.formula.podman"))
        return drifted(name, *changes, **common)

    return [report(*map(mac, range(300)), day=day) for day in range(10, 22)]


def test_three_hundred_macs_are_below_two_megabytes_and_a_second() -> None:
    """Seconds of the processor, which other work on this machine does not lengthen; about 0.15 on two old cores."""
    reports = three_hundred()
    began = time.process_time()
    page, document = fleet_page(reports), reports[-1].to_json()
    assert time.process_time() - began < 1
    assert len(page.encode()) < 2_000_000
    assert len(document.encode()) < 2_000_000
    assert len(re.findall(r'<th scope="row">', page)) == 300


def test_a_browser_shows_filters_and_follows(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "fleet.html"
    file.write_text(fleet_page(three_hundred()), encoding="utf-8")
    page = browser.open(file, height=1000)
    assert page.title() == "brisbane: drift, 2026-11-21T06:00:00+00:00"
    assert page.locator("tbody tr:visible").count() == 300
    page.get_by_role("combobox", name="Group").select_option("canary")
    expect(page.get_by_role("status")).to_have_text("100 shown")
    assert page.locator("tbody tr:visible").count() == 100
    page.get_by_role("combobox", name="Outcome").select_option("converged")
    expect(page.get_by_role("status")).to_have_text("0 shown")
    page.get_by_role("combobox", name="Group").select_option("")
    page.get_by_role("combobox", name="Outcome").select_option("")
    page.get_by_role("link", name="the Mac was changed, 1").first.click()
    target = page.locator(":target")
    expect(target).to_contain_text("stack.jupyter")
    expect(target).to_be_in_viewport()
    browser.picture(page, "fleet")
    assert (browser.complaints, browser.elsewhere) == ([], [])


def test_the_page_is_whole_without_script_on_paper_and_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "fleet.html"
    file.write_text(fleet_page(three_hundred()[:2]), encoding="utf-8")
    page = browser.open(file, width=390, java_script_enabled=False)
    assert page.locator("tbody tr:visible").count() == 300
    assert page.get_by_role("combobox", name="Group").is_disabled()
    browser.picture(page, "fleet-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    assert not page.get_by_role("combobox", name="Group").is_visible()


def test_all_is_in_the_main_part_and_a_sign_that_is_a_letter_is_in_its_links_name() -> None:
    """What axe-core 4.14 asked for: a landmark around all of it, and what is seen of a link in what is heard."""
    bad = change("stack.x", Cause.CORRECTIVE)
    bad.waiver = Waived("lee", "tried", "2026-12-31")
    page = fleet_page([report(drifted("a", bad))])
    assert re.findall(r"<(?:/?body|/?main|h1|script)\b", page) == [
        "<body",
        "<main",
        "<h1",
        "</main",
        "<script",
        "</body",
    ]
    assert 'aria-label="w1: differs, and is waived, 1"' in page


def test_every_layer_and_sign_says_what_it_is() -> None:
    page = html.unescape(fleet_page([report(drifted("a", change("stack.x", Cause.CORRECTIVE)))]))
    assert all(f'title="{layer.what}"' in page for layer in LAYERS)
    assert "the Mac was changed" in page
