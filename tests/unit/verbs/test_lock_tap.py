"""`lock --tap` on a lock file and a real repository: what it writes, says and refuses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from carbon_fleet.cli import app
from carbon_fleet.verbs.stop import Stop
from tests.mirror_upstream import TAG, TAP, Upstream, git, upstream
from tests.unit.lock.lab import FILE

LOCK = """\
format_version: 1
lab: brisbane
sets:
- macs: [mac-01, mac-02]
  things: {podman: 6.1.1, krunkit: KRUNKIT, gvproxy: 0.8.8}
  taps: {podman: homebrew/core, krunkit: libkrun/krun@COMMIT, gvproxy: libkrun/krun@COMMIT}
  bottles: {krunkit: not told}
"""


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with upstream(tmp_path_factory.mktemp("internet")) as made:
        made.tap("first")
        yield made


@pytest.fixture
def place(tmp_path: Path, internet: Upstream, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("brisbane.yml").write_text(FILE.replace("MORE", ""))
    write(internet)
    return tmp_path


def write(internet: Upstream, krunkit: str = "1.3.2") -> None:
    commit = git(internet.work / "git/libkrun/homebrew-krun", "rev-parse", "HEAD").strip()
    Path("brisbane.lock.yml").write_text(LOCK.replace("COMMIT", commit).replace("KRUNKIT", krunkit))


def run(internet: Upstream, *words: str) -> Result:
    at = ("--at", f"github.com={internet.url}/github.com")
    return CliRunner().invoke(app, ["lock", "brisbane.yml", "--into", "kept.git", *at, *words])


def code(result: Result) -> int:
    return int(result.exception.code) if isinstance(result.exception, Stop) else result.exit_code


def told(result: Result, expect: int = 0) -> dict[str, Any]:
    assert code(result) == expect, result.output
    return dict(json.loads(result.stdout))


def test_one_command_makes_the_tap_and_again_nothing(place: Path, internet: Upstream) -> None:
    made = told(run(internet, "--tap", TAP, "--json"))
    assert (made["written"], made["not_held"]) == (True, [])
    assert [(one["name"], list(one["bottles"]), one["needs"]) for one in made["formulae"]] == [
        ("gvproxy", [TAG], []),
        ("krunkit", [TAG], ["libkrun"]),
    ]
    assert "class Krunkit" in git(place / "kept.git", "show", f"{made['commit']}:Formula/krunkit.rb")
    again = told(run(internet, "--tap", TAP, "--json"))
    assert (again["written"], again["commit"]) == (False, made["commit"])


def test_it_says_what_the_lab_file_has_to_say(place: Path, internet: Upstream) -> None:
    said = run(internet, "--tap", "Libkrun/Krun", "krunkit").stdout
    assert "krunkit 1.3.2: bottles for arm64_tahoe" in said
    assert "needs gvproxy, libkrun, which this does not hold" in said
    assert "homebrew: {tap_urls: {libkrun/krun: WHERE}}" in said


def test_what_cannot_be_held_is_said_and_ends_with_4(place: Path, internet: Upstream) -> None:
    write(internet, krunkit="1.2.0")
    made = told(run(internet, "--tap", TAP, "--json"), expect=4)
    assert [one["name"] for one in made["formulae"]] == ["gvproxy"]
    assert made["not_held"][0]["name"] == "krunkit"
    assert "has 1.3.2, and the lock 1.2.0" in made["not_held"][0]["why"]
    core = told(run(internet, "--tap", "homebrew/core", "--into", "core.git", "--json"), expect=4)
    assert (core["commit"], core["formulae"]) == (None, [])
    assert "does not say of which commit" in core["not_held"][0]["why"]


@pytest.mark.parametrize(
    ("words", "expect", "says"),
    [
        (
            ("--tap", "slp/krun"),
            64,
            "no locked formula of these Macs is of it; they are of homebrew/core, libkrun/krun",
        ),
        (("--tap", TAP, "--limit", "mac-03"), 64, "the lock says nothing of mac-03"),
        (("--tap", TAP, "--upgrade"), 64, "--tap does not go with --upgrade"),
        ((), 64, "--into and --at go with --tap"),
        (("--tap", TAP, "--into", "."), 3, "something else than a tap of this kind"),
    ],
)
def test_what_makes_no_sense_is_said(
    place: Path, internet: Upstream, words: tuple[str, ...], expect: int, says: str
) -> None:
    result = run(internet, *words)
    assert (code(result), says in result.stderr) == (expect, True), result.output


def test_without_a_lock_or_a_place(place: Path, internet: Upstream) -> None:
    result = CliRunner().invoke(app, ["lock", "brisbane.yml", "--tap", TAP])
    assert (code(result), "say with `--into DIR`" in result.stderr) == (64, True)
    Path("brisbane.lock.yml").unlink()
    result = run(internet, "--tap", TAP)
    assert (code(result), "`carbon-fleet lock brisbane.yml` writes it" in result.stderr) == (64, True)
