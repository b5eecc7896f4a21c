"""What was brought, and the images there are, as a person reads them."""

from typing import Any

from carbon_fleet.report.document import MacReport, Outcome, Report
from tests.unit.report.test_text import rendered

ENTRY: dict[str, Any] = {
    "image": "localhost/carbon-fleet/x:1",
    "builder": "mac-01",
    "id": "a" * 64,
    "moved_bytes": 321_800_000,
    "moved_blobs": 3,
    "kept_bytes": 131_000_000,
    "skipped_blobs": 1,
    "seconds": 13.4,
    "build_seconds": 34.2,
}
MISSING: dict[str, Any] = {
    "name": "venus",
    "tag": "localhost/carbon-fleet/venus:42",
    "source": "from [mac-01]",
    "base": None,
    "there": False,
    "bytes": None,
}


def test_an_image_that_was_brought_is_told_with_what_it_took() -> None:
    brought = MacReport("mac-02", Outcome.CHANGED, measured={"spread": [ENTRY]}, notices=[])
    text = rendered(Report("apply", "lab", "lab.yml", "", macs=[MacReport("mac-01"), brought]))
    assert text.splitlines()[-1].split() == ["mac-02", "changed", "0", "0", "0", "0.0", "321.8", "MB"]
    again = {**ENTRY, "kept_bytes": 0, "build_seconds": None}
    brought.measured["spread"].append(again)
    lines = rendered(Report("apply", "lab", "lab.yml", "", macs=[brought])).splitlines()
    start = "        brought localhost/carbon-fleet/x:1 from mac-01: 321.8 MB in 13.4 s"
    assert lines[1:3] == [f"{start}, 131.0 MB were there; building it took 34 s there", start]


def test_nothing_brought_is_no_column() -> None:
    assert "brought" not in rendered(Report("apply", "lab", "lab.yml", "", macs=[MacReport("mac-01")]))


def test_images_are_listed_by_mac_and_those_pushed_as_lines_to_paste() -> None:
    there = {**MISSING, "there": True, "bytes": 12_000_000, "source": "built", "base": "debian:13"}
    macs = [MacReport("mac-01", measured={"images": [there]}), MacReport("mac-02", measured={"images": [MISSING]})]
    rows = rendered(Report("images list", "lab", "lab.yml", "", macs=macs)).splitlines()
    assert rows[1].split() == ["mac-01", "venus", "42", "built", "debian:13", "there", "12"]
    assert rows[2].split() == ["mac-02", "venus", "42", "from", "[mac-01]", "-", "missing"]
    pushed = {"venus": f"r.example/c/venus@sha256:{'1' * 64}"}
    text = rendered(Report("images push", "lab", "lab.yml", "", macs=[MacReport("m", measured={"pushed": pushed})]))
    assert text == f"images:\n  venus: {{pull: 'r.example/c/venus@sha256:{'1' * 64}'}}\n"
