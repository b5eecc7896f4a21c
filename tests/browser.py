"""A browser for tests: Debian's Chromium without a window, that reaches loopback and files and nothing else.

Tests ask for the fixture `browser` (tests/conftest.py). Playwright drives it: what `open` returns is Playwright's Page,
whose actions and expectations wait for what they ask for, and raise after `SECONDS`. While a browser is open there is
an event loop in this thread: no `asyncio.run` beside it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page, Request, expect, sync_playwright

SECONDS = 120
PICTURES = "CARBON_FLEET_PICTURES"
"""The environment variable with the folder that screenshots go to, for people who want to look at them."""
_LOOPBACK = {"127.0.0.1", "localhost"}
# Loopback needs no proxy; everything else, names and numbers, is sent to one that nobody can be.
_NO_NETWORK = ["--proxy-server=http://127.0.0.1:9", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


@dataclass
class Browser:
    """One running Chromium. Each `open` has cookies and storage of its own, as a new person would."""

    chromium: Chromium
    pictures: Path
    complaints: list[str] = field(default_factory=list)
    """What pages wrote to the console as errors, and what their scripts did not catch."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses that pages asked for and that are not on this machine: none was reached."""

    def open(self, address: str | Path, *, width: int = 1280, height: int = 800, **options: Any) -> Page:
        """Open a URL, or a file, and wait until it is loaded. `options` are those of Playwright's `new_context`."""
        context = self.chromium.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(SECONDS * 1000)
        context.on("request", self._asked)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", self._said)
        page = context.new_page()
        page.goto(address.resolve().as_uri() if isinstance(address, Path) else address)
        return page

    def picture(self, page: Page, name: str, *, whole: bool = False) -> Path:
        """A screenshot of what is to be seen, or of the `whole` page; the PNG's path."""
        path = self.pictures / f"{name}.png"
        page.screenshot(path=path, full_page=whole)
        return path

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in _LOOPBACK:
            self.elsewhere.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def started(pictures: Path) -> Iterator[Browser]:
    """A browser whose screenshots go to the folder `pictures`, or to the one the environment names.

    Skips the test where there is no Chromium; in CI there has to be one.
    """
    program = shutil.which("chromium")
    if program is None:
        why = "no Chromium: on Debian `scripts/setup tests` installs it"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    folder = Path(os.environ.get(PICTURES) or pictures)
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_NO_NETWORK, timeout=SECONDS * 1000)
        try:
            yield Browser(chromium, folder)
        finally:
            chromium.close()
