"""The tests' own browser: it shows files, tells what pages complain about, and reaches nothing beyond loopback."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser import Browser

PAGE = """<!doctype html><title>A page</title><style>body {background: #036}</style><h1>before</h1>
<img src="http://192.0.2.1/picture.png"><link rel="stylesheet" href="https://example.com/style.css">
<script>
document.querySelector("h1").textContent = "written by a script"
addEventListener("error", () => { document.title = "A page that complained" })
setTimeout(() => { throw new Error("nobody caught this") })
</script>
"""


def test_it_runs_scripts_hears_complaints_and_stays_on_this_machine(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    page = browser.open(file)
    expect(page).to_have_title("A page that complained")
    expect(page.locator("h1")).to_have_text("written by a script")
    assert browser.picture(page, "page").read_bytes().startswith(b"\x89PNG")
    assert sorted(browser.elsewhere) == ["http://192.0.2.1/picture.png", "https://example.com/style.css"]
    assert any("nobody caught this" in each for each in browser.complaints), browser.complaints
    assert sum("ERR_" in each for each in browser.complaints) == 2, "both were refused"
