"""Promise 6: twenty canaries go in by every way a secret can come, every command echoes them, and none comes out."""

import base64
import gzip
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from carbon_fleet.report.formats import FORMATS
from carbon_fleet.report.reading import read_report
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import lab_file
from tests.sim.secret_lab import FOLDER, Watch, container, files_with

pytestmark = [pytest.mark.sim]
ODD = ["with blanks in it", 'it\'s "quoted"', "a&b<c>d", "$HOME `id` \\n", "ümläut-ß-東京", "100%/?=&+", "{json: [1]}"]
LINES = ("-----BEGIN PRIVATE KEY-----", "c4naryQIBADANBgkqhkiG9w0BAQEF", "AASCBKcwggSjAgEAAoIBAQC7VJTU", "-----END----")
CANARIES = [f"c4nary-{number:02}-{base64.b32encode(os.urandom(10)).decode()}" for number in range(12)]
CANARIES += [f"c4nary {word}" for word in ODD] + ["\n".join(LINES)]
SOPS = len(CANARIES)
"""The number of the one that sops gives."""
CANARIES += [f"c4nary-sops-{base64.b32encode(os.urandom(10)).decode()}"]
MADE = "made-on-the-mac"
"""The secret that nobody gives: the Mac makes it (`source: generate`)."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the canaries come from, and where runs are kept: outside of the lab's own folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "state").mkdir()
    for number, canary in enumerate(CANARIES):
        path = folder / f"given-{number}"
        path.write_text(canary)
        path.chmod(0o600)
    (folder / "bin").mkdir()
    (folder / "bin/sops").write_text(f'#!/bin/sh\n[ "$1 $2" = "-d --extract" ] && exec cat {folder}/given-{SOPS}\n')
    (folder / "bin/sops").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, elsewhere: Path) -> str:
    """A lab file whose one container has them all, by turns from a variable and from a file."""
    secrets: dict[str, Any] = {}
    for number in range(len(CANARIES)):
        from_file = {"source": "file", "name": str(elsewhere / f"given-{number}")}
        secrets[f"canary-{number}"] = from_file if number % 2 else {"source": "env", "name": f"CANARY_{number}"}
    secrets[f"canary-{SOPS}"] = {"source": "sops", "name": "lab.sops.yml", "key": '["canary"]'}
    given = {(f"TOKEN_{n}" if n % 3 else f"/run/secrets/c{n}"): f"canary-{n}" for n in range(len(CANARIES))}
    given["MADE"] = MADE
    stacks = [{"name": "shop", "containers": {"web": container(secrets=given)}}]
    return lab_file(lab, images=None, secrets=secrets, stacks=stacks)


def run(elsewhere: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    env = {f"CANARY_{number}": canary for number, canary in enumerate(CANARIES) if number % 2 == 0 and number != SOPS}
    path = f"{elsewhere / 'bin'}:{os.environ['PATH']}"
    env |= {**os.environ, "PATH": path, "CARBON_STATE": str(elsewhere / "state"), "CARBON_DEBUG": "1"}
    words = json.dumps(CANARIES)
    line = [sys.executable, "-m", *command]
    return subprocess.run(line, input=words, capture_output=True, text=True, timeout=300, check=False, env=env)


def marks() -> list[str]:
    """What of the canaries must stand nowhere: each whole, in other forms, and the lines of the long one."""
    found = [form for canary in CANARIES for form in (canary, json.dumps(canary)[1:-1], shlex.quote(canary))]
    return [*found, *(base64.b64encode(one.encode()).decode() for one in CANARIES), *LINES[1:3], "c4nary"]


def test_nothing_that_is_said_kept_or_run_has_a_canary(lab: SimulatedLab, file: str, elsewhere: Path) -> None:
    watch, said = Watch([mark for mark in marks() if len(mark) > 5]), ""
    with watch.running():
        for end, code in (("status", 4), ("raises", 1)):
            ran = run(elsewhere, "tests.sim.echoing_apply", file, "mac-01", end)
            assert ran.returncode == code, ran.stdout + ran.stderr
            said += ran.stdout + ran.stderr
        for verb in (["plan", file], ["diff"]):
            ran = run(elsewhere, "carbon_fleet", *verb)
            assert ran.returncode in (0, 2), ran.stdout + ran.stderr
            said += ran.stdout + ran.stderr
            if verb[0] == "plan":
                plan = read_report(max((elsewhere / "state" / "runs").glob("*/report.json")).read_text())
                assert FORMATS["text"](plan) == ran.stdout, "a kept report is what was printed"
    assert watch.looks > 5
    assert watch.found == set()
    assert said.count("(secret)") > 20, "they were there to be replaced"
    assert [line for mark in marks() for line in said.splitlines() if mark in line] == []
    kept = list((elsewhere / "state").rglob("report.json"))
    assert len(kept) == 3
    views = [render(read_report(path.read_text())) for path in kept for render in FORMATS.values()]
    assert [mark for mark in marks() for view in views if mark in view] == []
    assert files_with(marks(), elsewhere / "state") == []
    own = {str(path.relative_to(lab.file.parent)) for path in (lab.mac("mac-01").home / FOLDER).iterdir()}
    found = {path for path in files_with(marks(), lab.file.parent) if not path.endswith("/storage/secretsdata.json")}
    assert found <= own
    assert len(found) == len(CANARIES), "the Mac's own copies"


def disguises(secret: str) -> list[str]:
    """One secret in every form that a bundle could carry it in: plain, quoted, escaped, in hex, in a URL, in base64."""
    raw = secret.encode()
    forms = [secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[1:-1], shlex.quote(secret), raw.hex()]
    forms += [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    for before in range(3):  # wherever in a longer text it begins, less the letters that it shares with its neighbours
        core = base64.b64encode(bytes(before) + raw).decode().rstrip("=")[(0, 2, 3)[before] : -1]
        forms += [core, core.replace("+", "-").replace("/", "_")]
    return [form for form in forms if len(form) > 5]


def test_a_support_bundle_has_no_secret_of_any_kind(
    lab: SimulatedLab, file: str, elsewhere: Path, tmp_path: Path
) -> None:
    """The run before this one printed all that was given, and its Report and journal are in the bundle."""
    made, target = (lab.mac("mac-01").home / FOLDER / MADE).read_text().strip(), tmp_path / "support.tar.gz"
    assert len(made) >= 20
    ran = run(elsewhere, "carbon_fleet", "doctor", file, "--bundle", str(target))
    assert ran.returncode in (0, 2), ran.stdout + ran.stderr
    whole = gzip.decompress(target.read_bytes()).decode()
    assert "last-report.json" in whole
    assert "last-journal.json" in whole
    assert whole.count("(secret)") > 20, "they were there to be replaced"
    assert MADE in whole, "what a secret is called is told"
    secrets = [*CANARIES, *LINES[1:3], made]
    said = {"the bundle": whole, "what was printed": ran.stdout + ran.stderr}
    assert [
        (place, form) for secret in secrets for form in disguises(secret) for place in said if form in said[place]
    ] == []
