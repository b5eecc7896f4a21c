"""notify, through apprise to an HTTP server on loopback: told once, not again, and when it is over; no URL is."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.verbs.notify import notify
from carbon_fleet.verbs.stop import Stop
from tests.unit.runs.kept_runs import drifted, kept, name, unreachable

SECRET = "t0ken-of-the-webhook"


class Hook:
    """A server that keeps what is posted to it, and answers with `status`."""

    def __init__(self) -> None:
        hook = self
        self.got: list[dict[str, Any]] = []
        self.status = 200

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/{SECRET}"


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path / "state"))
    for variable in ("CARBON_NOTIFY_URLS", "CARBON_NOTIFY_FILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tell(word: str = "latest", urls: Path | None = None, drift: bool = True, pause: int = 0) -> int:
    return notify(word, urls=urls, drift=drift, again=timedelta(hours=24), pause=timedelta(minutes=pause))


def test_trouble_is_told_once_and_its_end(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CARBON_NOTIFY_URLS", f"# ours\n{hook.url}\n")
    kept(9)
    assert tell() == 0
    assert [(one["title"], one["message"].splitlines()[0], one["type"]) for one in hook.got] == [
        ("brisbane: drift: 1 converged, 1 drifted", "mac-02: drifted: guest.file./etc/motd", "failure")
    ]
    kept(8)
    assert tell() == 0
    kept(7, drifted("mac-01"), verb="apply")
    assert tell() == 0
    assert len(hook.got) == 1, "the same, and an apply that is no news"
    kept(6, drifted("mac-01"))
    assert tell() == 0
    assert (hook.got[1]["title"], hook.got[1]["type"]) == ("brisbane: drift: 1 converged", "success")
    assert tell() == 0
    assert len(hook.got) == 2
    said = capsys.readouterr()
    assert [line.partition(":")[0] for line in said.err.splitlines()] == [
        "sent to 1",
        "not sent",
        "not sent",
        "sent to 1",
        "not sent",
    ]
    assert SECRET not in said.out + said.err


def test_not_more_often_than_every_so_often(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_NOTIFY_URLS", hook.url)
    for hours in (5, 4, 3):
        kept(hours, drifted("mac-01", f"address-{hours}"))
        assert tell(pause=10) == 0
    assert len(hook.got) == 1
    assert tell(pause=0) == 0
    assert len(hook.got) == 2, "what was held back is told once it may be"


def test_what_could_not_be_sent_is_tried_again_and_names_no_url(
    hook: Hook, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = state / "urls"
    file.write_text(f"{hook.url}\n")
    file.chmod(0o600)
    hook.status = 500
    kept(1, unreachable("mac-01"))
    assert tell(urls=file, drift=False) == 1
    assert "not sent to URL 1 (json://…) of 1: try it by hand" in capsys.readouterr().err
    hook.status = 200
    assert tell(urls=file, drift=False) == 0
    assert len(hook.got) == 2
    for path in (state / "state").rglob("*"):
        assert path.is_dir() or SECRET not in path.read_text(errors="replace")


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (None, 0o600, "urls: cannot be read: No such file or directory"),
        ("json://x", 0o644, "urls: everybody can read it, and URLs hold passwords: chmod go= "),
        ("", 0o600, "nobody to tell: write apprise URLs, one a line, into a file"),
        (f"json://x\n{SECRET}", 0o600, "URL 2 of 2 is none"),
    ],
)
def test_urls_that_cannot_be_used_are_refused(
    state: Path, capsys: pytest.CaptureFixture[str], content: str | None, mode: int, says: str
) -> None:
    kept(1)
    file = state / "urls"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    with pytest.raises(Stop) as stop:
        tell(urls=file)
    said = capsys.readouterr().err
    assert stop.value.code == 64
    assert says in said
    assert SECRET not in said


def test_a_scheme_nobody_knows_is_not_sent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CARBON_NOTIFY_URLS", f"carrierpigeon://{SECRET}")
    kept(1)
    assert tell() == 1
    said = capsys.readouterr().err
    assert "not sent to URL 1 (carrierpigeon://…) of 1" in said
    assert SECRET not in said


def test_without_apprise_it_says_what_to_install(state: Path) -> None:
    kept(1)
    (state / "apprise.py").write_text("raise ImportError\n")
    env = {**os.environ, "PYTHONPATH": str(state), "CARBON_NOTIFY_URLS": "json://x"}
    command = [sys.executable, "-m", "carbon_fleet", "notify", name(1)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert (
        ran.stderr == "apprise is not here: it comes with the extra `notify`: uv tool install 'carbon-fleet[notify]'\n"
    )
