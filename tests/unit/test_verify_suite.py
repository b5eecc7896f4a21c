"""The suite itself: independent of what it checks, and run for real against the machine the tests run on."""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

from carbon_fleet import assets
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.spec import load_lab
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.verify import verify
from carbon_fleet.verify.lifeline import VARIABLE
from carbon_fleet.verify.record import read
from carbon_fleet.verify.runner import command, verify_macs
from carbon_fleet.verify.tiers import TIERS

SUITE = assets.root() / "tests" / "state"
SHARED_RULES = tuple(f"carbon_fleet.prove.{name}" for name in ("cuda", "deadline", "document", "judge", "metal"))
"""How a measurement is judged; nothing of how `prove` gets it, or of what it found."""
MAY_USE = ("carbon_fleet.spec", "carbon_fleet.verify", *SHARED_RULES)


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.py")), ids=lambda path: path.name)
def test_the_suite_uses_nothing_it_checks(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    ours = [name for name in names if name.split(".")[0] in ("carbon_fleet", "operations")]
    assert ours, "a test that asks for no wish checks nothing of ours"
    assert [name for name in ours if not name.startswith(MAY_USE)] == []


def lab_file(folder: Path, text: str = "lab: here\nmacs: {here: {host: local}}\n") -> Path:
    path = folder / "lab.yml"
    path.write_text(text)
    return path


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac may be what its lab file says")
def test_a_machine_that_is_no_mac_fails_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = verify(lab_file(tmp_path), [], junitxml=tmp_path / "junit.xml", compared=False)
    assert report.exit_code == 100
    whats = [failure.what for failure in report.macs[0].failures]
    assert f"this machine runs {os.uname().sysname}, not macOS" in whats
    assert report.macs[0].tests["passed"] == 0
    said = capsys.readouterr()
    assert "here  verify failed in" in said.err
    assert "verify failed" in said.out
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    bad = [*suites.findall(".//failure"), *suites.findall(".//error")]
    assert len(bad) == report.macs[0].tests["failed"]
    assert {case.get("classname", "").split(".")[0] for case in suites.findall(".//testcase")} == {"here"}
    assert list(Path(os.environ["CARBON_FLEET_SOCKETS"]).glob("cfv-*")) == []


def test_json_is_all_that_is_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify(lab_file(tmp_path), [], json=True, quiet=True, compared=False)
    said = capsys.readouterr()
    assert said.out.startswith("{\n")
    assert said.err == ""


def test_an_unreachable_mac_is_that_and_no_other_is_held_up(tmp_path: Path) -> None:
    text = "lab: x\nmacs: {gone: {host: 127.0.0.1, port: 9, user: lab}, here: {host: local}}\n"
    lab = load_lab(lab_file(tmp_path, text), lab_sections())
    heard: list[str] = []
    reports = verify_macs(lab, list(lab.macs.values()), junitxml=None, done=lambda report: heard.append(report.mac))
    assert [report.mac for report in reports] == ["gone", "here"]
    assert sorted(heard) == ["gone", "here"]
    assert reports[0].outcome is Outcome.UNREACHABLE
    assert "refused" in reports[0].failures[0].what
    assert reports[1].tests["failed"] > 0


def test_a_users_own_pytest_settings_do_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.py").write_text("raise SystemExit('not this one')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    report = verify(lab_file(tmp_path), [], quiet=True, compared=False)
    assert report.macs[0].tests["failed"] > 0


def by_hand(*options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pytest", str(SUITE), *options]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=env)


def test_by_hand_it_says_what_it_needs(tmp_path: Path) -> None:
    assert "add `--carbon-lab FILE --carbon-mac NAME`" in by_hand().stderr
    lab = f"--carbon-lab={lab_file(tmp_path)}"
    assert "has no Mac mac-9; it has here" in by_hand(lab, "--carbon-mac=mac-9").stderr
    (tmp_path / "lab.yml").write_text("lab: here\nmacs: {here: {hosst: local}}\n")
    said = by_hand(lab, "--carbon-mac=here")
    assert "lab.yml:2:" in said.stderr
    assert "Traceback" not in said.stderr


WEB = "stacks: [{name: web, containers: {web: {image: docker.io/library/nginx:1}}}]"


@pytest.mark.parametrize(
    ("runtime", "asked", "left_out"),
    [
        ("linux-nvidia", ["test_containers.py::test_container_runs[web]", "test_linux.py::"], ["test_mac", "_machine"]),
        ("docker", ["test_docker.py::", "test_mac.py::"], ["test_containers", "_machine", "test_guest", "test_linux"]),
    ],
)
def test_what_is_looked_at_is_the_runtimes_own(
    tmp_path: Path, runtime: str, asked: list[str], left_out: list[str]
) -> None:
    file = lab_file(tmp_path, f"lab: here\nmacs: {{here: {{host: local, user: lab, runtime: {runtime}, {WEB}}}}}\n")
    said = by_hand(f"--carbon-lab={file}", "--carbon-mac=here", "--collect-only", "-q")
    listed = [line for line in said.stdout.splitlines() if "::" in line]
    assert [words for words in asked if not any(words in line for line in listed)] == [], said.stdout
    assert [line for line in listed if any(words in line for words in left_out)] == []


def test_when_the_verb_is_gone_so_is_everything_it_started(tmp_path: Path) -> None:
    lab = load_lab(lab_file(tmp_path), lab_sections())
    folder = tmp_path / "cfv" / "here"
    folder.mkdir(parents=True)
    theirs, ours = os.pipe()
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", VARIABLE: str(theirs)}
    process = subprocess.Popen(
        command(lab, lab.mac("here"), folder),
        env=env,
        pass_fds=(theirs,),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    end = time.monotonic() + 60
    while not read(folder / "results").tests and time.monotonic() < end:
        time.sleep(0.01)
    os.close(ours)
    assert process.wait(10) == -9
    assert not folder.parent.exists()
    end = time.monotonic() + 5  # a killed process may still be on its way out
    while _members(process.pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert _members(process.pid) == []


def _members(group: int) -> list[psutil.Process]:
    return [one for one in psutil.process_iter() if _group(one.pid) == group]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def test_a_mac_report_has_no_tests_before_any_ran() -> None:
    assert MacReport("m").tests == {}


def collected(tmp_path: Path, *tiers: str) -> set[str]:
    """The tests that would run."""
    lab = load_lab(lab_file(tmp_path), lab_sections())
    folder = tmp_path / f"folder-{'-'.join(tiers)}"
    folder.mkdir()
    words = [*command(lab, lab.mac("here"), folder, tiers), "--collect-only"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    return {line for line in ran.stdout.splitlines() if "::" in line}


def test_the_tiers_share_the_suite_among_them(tmp_path: Path) -> None:
    parts = {tier: collected(tmp_path, tier) for tier in TIERS}
    whole = collected(tmp_path)
    assert sum(len(part) for part in parts.values()) == len(whole)
    assert set().union(*parts.values()) == whole
    assert any("test_mac.py" in test for test in parts["mac"])
    assert any("test_guest.py" in test for test in parts["vm"])
    assert all("test_gpu.py" in test or "test_containers.py" in test for test in parts["container"])
    assert collected(tmp_path, "mac", "vm") == parts["mac"] | parts["vm"]


def test_a_tier_there_is_not_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Stop) as stop:
        verify(lab_file(tmp_path), [], tiers=["host"], compared=False)
    assert stop.value.code == 64
    assert (
        capsys.readouterr().err
        == "--tier host: there is no such tier; they are, from the outside in: mac, vm, container\n"
    )
