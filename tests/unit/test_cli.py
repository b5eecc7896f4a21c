"""What a person meets first: help, mistakes, exit codes; data on standard output, words on standard error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

VERBS = ["validate", "show", "urls", "schema", "plan", "apply", "drift", "verify", "probe", "secret", "sim"]
LAB = "lab: l\nmacs:\n  mac-01: {host: 127.0.0.1, port: 1, user: lab, known_hosts: /none}\n"


@pytest.fixture
def lab(tmp_path: Path) -> str:
    (tmp_path / "lab.yml").write_text(LAB)
    return str(tmp_path / "lab.yml")


def run(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "carbon_fleet", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, **env})
    assert env or "Traceback" not in ran.stderr
    return ran


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    ran = run(verb, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Usage:" in ran.stdout


def test_help_names_every_verb() -> None:
    said = run("--help").stdout
    assert [verb for verb in VERBS if verb not in said] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["drift"], "Missing argument 'LAB'"),
        (["drift", "LAB", "--bogus"], "No such option: --bogus"),
        (["drift", "LAB", "--parallel", "0"], "--parallel"),
        (["apply", "LAB", "--parallel", "many"], "--parallel"),
        (["drift", "LAB", "--limit", "mac-9"], "--limit mac-9: no Mac, glob or group of lab `l`"),
        (["drift", "LAB", "--limit", ""], "--limit is empty"),
        (["apply", "LAB", "--limit", " , "], "--limit is empty"),
        (["verify", "LAB", "--limit", "mac-9"], "--limit mac-9"),
        (
            ["apply", "LAB", "--allow-replace", "mac-1"],
            "mac-1: no Mac of lab `l` has exactly this",
        ),
        (["apply", "LAB", "--allow-replace", "*"], "--allow-replace *"),
        (["probe", "LAB", "mac-*"], "mac-*: no Mac of lab `l`"),
        (["show", "LAB", "mac-9"], "mac-9"),
        (["sim", "bogus"], "No such command 'bogus'"),
    ],
)
def test_bad_usage_is_64_and_named_on_standard_error(lab: str, arguments: list[str], said: str) -> None:
    ran = run(*(lab if word == "LAB" else word for word in arguments))
    assert (ran.returncode, ran.stdout) == (64, "")
    assert said in ran.stderr


@pytest.mark.parametrize("verb", ["apply", "drift", "verify", "validate"])
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_bad_lab_is_78_with_its_line(lab: str, verb: str, as_json: list[str]) -> None:
    Path(lab).write_text(LAB.replace("port: 1", "port: x"))
    ran = run(verb, lab, *as_json)
    assert ran.returncode == 78
    if verb == "validate" and as_json:
        assert '"line": 3' in ran.stdout
        return
    assert ran.stdout == ""
    assert f"{lab}:3:" in ran.stderr


def test_a_lab_that_is_not_there_is_78() -> None:
    ran = run("drift", "/nowhere/lab.yml")
    assert (ran.returncode, ran.stdout) == (78, "")
    assert "there is no such file" in ran.stderr


def test_json_is_all_of_standard_output_even_when_nobody_answers(lab: str) -> None:
    ran = run("drift", lab, "--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == report["exit_code"] == 5
    assert "unreachable" in ran.stderr
    assert run("drift", lab, "--json", "--quiet").stderr == ""


@pytest.mark.parametrize("verb", [["drift"], ["drift", "--json"], ["apply", "--yes"]])
def test_a_reader_that_is_gone_changes_neither_the_exit_code_nor_the_words(lab: str, verb: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "carbon_fleet", verb[0], lab, *verb[1:]]
    ran = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert ran.returncode == 5
    assert [line for line in ran.stderr.splitlines() if "mac-01" not in line] == []


def test_a_listener_to_progress_that_is_gone_stops_no_work(lab: str) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "carbon_fleet", "drift", lab, "--json"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=write, text=True, timeout=60)
    os.close(write)
    assert '"code": "UNREACHABLE"' in ran.stdout
    assert ran.returncode == 5


BROKEN = "import carbon_fleet.plan.registry as r; r.lab_sections = None; from carbon_fleet.cli import main; main()"


def test_our_own_mistake_is_one_line_and_a_traceback_only_when_asked(lab: str) -> None:
    command = [sys.executable, "-c", BROKEN, "validate", lab]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "carbon-fleet failed: TypeError: 'NoneType' object is not callable (CARBON_DEBUG=1 shows where)\n"
    )
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "CARBON_DEBUG": "1"})
    assert again.returncode == 1
    assert "Traceback" in again.stderr
