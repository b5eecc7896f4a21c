"""The pages of the carbon suite as a person uses them: each takes the tests' browser and the service's port here."""

import re

from playwright.sync_api import Page, expect

from tests.browser import Browser

HOST = "http://127.0.0.1"
_COLOURS = """() => {
  const canvas = document.querySelector("#noVNC_container canvas")
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
  return new Set(new Uint32Array(pixels.buffer)).size
}"""
_STDOUT = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stdout"]'


def jupyter_asks(browser: Browser, port: int, token: str) -> None:
    """Without a token, or with a wrong one, there is a login form and no lab."""
    page = browser.open(f"{HOST}:{port}/lab")
    field = page.get_by_label("Password or token:")
    field.fill(token)
    field.press("Enter")
    expect(page.get_by_text("Invalid credentials")).to_be_visible()
    expect(field).to_be_visible()
    assert page.locator("#main").count() == 0


def jupyter(browser: Browser, port: int, token: str) -> Page:
    """Jupyter Lab, let in by its token, with a new notebook that has one empty cell."""
    page = browser.open(f"{HOST}:{port}/lab?reset&token={token}")
    page.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    # What is run before the kernel answers is now and then forgotten.
    expect(page.get_by_text("| Idle")).to_be_visible()
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(1)
    return page


def run_cell(page: Page, code: str) -> str:
    """What the notebook's last cell prints when it is given this code and run; its end is waited for."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cell = cells.nth(cells.count() - 1)
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")
    number = cell.locator(".jp-InputPrompt")
    expect(number).to_have_text(re.compile(r"\[\d+\]:"), timeout=180_000)
    failed = cell.locator('[data-mime-type="application/vnd.jupyter.error"]')
    assert failed.count() == 0, failed.inner_text()
    return "".join(cell.locator(_STDOUT).all_inner_texts()).strip()


def code_server(browser: Browser, port: int, wrong: str, password: str) -> Page:
    """code-server's login refuses `wrong` and takes `password`; its workbench."""
    page = browser.open(f"{HOST}:{port}/")
    field = page.get_by_placeholder("PASSWORD")
    field.fill(wrong)
    field.press("Enter")
    expect(page.get_by_text("Incorrect password")).to_be_visible()
    assert page.locator(".monaco-workbench").count() == 0
    field.fill(password)
    field.press("Enter")
    expect(page.locator(".monaco-workbench")).to_be_visible()
    return page


def desktop(browser: Browser, port: int, password: str) -> Page:
    """noVNC, asked to connect, and told this password."""
    page = browser.open(f"{HOST}:{port}/vnc.html")
    expect(page.locator("html")).not_to_contain_class("noVNC_loading")
    page.locator("#noVNC_connect_button").click()
    field = page.locator("#noVNC_password_input")
    field.fill(password)
    field.press("Enter")
    return page


def is_refused(page: Page) -> None:
    """noVNC says why, and shows no desktop."""
    expect(page.locator("#noVNC_status")).to_contain_text("Authentication failure")
    expect(page.locator("#noVNC_container canvas")).to_have_count(0)
    expect(page.locator("html")).not_to_contain_class("noVNC_connected")


def is_shown(page: Page, colours: int = 50) -> None:
    """A desktop with windows is there: more than so many colours, once the mouse has woken its window manager."""
    expect(page.locator("html")).to_contain_class("noVNC_connected")
    page.locator("#noVNC_container canvas").click(position={"x": 300, "y": 300})
    page.wait_for_function(f"() => ({_COLOURS})() > {colours}", polling=500)
