"""report, history, diff and metrics on runs that are kept: what they print, write and refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from carbon_fleet.report.formats import FORMATS, text
from carbon_fleet.runs.places import REPORT, run_directory
from carbon_fleet.verbs import history as history_verb
from carbon_fleet.verbs.diff import diff
from carbon_fleet.verbs.history import history, prune
from carbon_fleet.verbs.metrics import metrics
from carbon_fleet.verbs.report import report
from carbon_fleet.verbs.stop import Stop
from tests.unit.runs.kept_runs import drifted, kept, name, unreachable

LAB = "lab: brisbane\nmacs: {mac-01: {host: 10.0.0.11, user: lab}}\n"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.chdir(tmp_path)
    return tmp_path


Said = pytest.CaptureFixture[str]


def refused(said: Said, call: object) -> str:
    """What was said by a call that ended with 64."""
    with pytest.raises(Stop) as stop:
        call()  # type: ignore[operator]
    assert stop.value.code == 64
    told = said.readouterr()
    assert told.out == ""
    return told.err


@pytest.mark.parametrize("form", FORMATS)
def test_a_kept_report_is_rendered_again_byte_for_byte(form: str, capsys: Said, state: Path) -> None:
    one = kept(2)
    assert report("latest", form, None, None) == 0
    assert capsys.readouterr().out == FORMATS[form](one)
    assert report(one.run, form, None, state / "out") == 0
    assert (state / "out").read_text() == FORMATS[form](one)
    assert (state / "out").stat().st_mode & 0o777 == 0o644


def test_a_report_is_found_by_file_folder_name_and_on_standard_input(
    capsys: Said, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, folder = kept(2), run_directory(name(2))
    kept(3, drifted("mac-09"))
    for word in (str(folder / REPORT), str(folder), name(2), name(2)[:13], "latest"):
        report(word, "text", None, None)
        assert capsys.readouterr().out == text(one), word
    with (folder / REPORT).open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        report("-", "text", None, None)
    assert capsys.readouterr().out == text(one)


def test_one_mac_of_a_report(capsys: Said) -> None:
    kept(1, drifted("mac-01"), unreachable("mac-02"))
    report("latest", "jamf", "mac-02", None)
    assert capsys.readouterr().out == "<result>unreachable: UNREACHABLE (drift 2026-11-21T11:00:00+00:00)</result>\n"
    assert "mac-01, mac-02" in refused(capsys, lambda: report("latest", "jamf", "mac-03", None))


def test_what_is_no_report_is_said(capsys: Said, state: Path) -> None:
    (state / "x.json").write_text("{}")
    for call, says in [
        (lambda: report("latest", "text", None, None), "no run is kept here yet"),
        (lambda: report("latest", "pdf", None, None), "--format pdf: write one of text, json, junit"),
        (lambda: report("x.json", "text", None, None), "x.json: it has no `format_version`"),
        (lambda: report(str(state), "text", None, None), "no run is kept here yet"),
        (lambda: report("nowhere", "text", None, None), "no run is kept here yet"),
    ]:
        assert says in refused(capsys, call)
    kept(1)
    assert "`carbon-fleet history` lists them" in refused(capsys, lambda: report("nowhere", "text", None, None))
    assert report("latest", "text", None, state / "no" / "folder") == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_history_lists_the_newest_first(capsys: Said) -> None:
    kept(30, verb="apply")
    kept(2, drifted("mac-01", "power"), unreachable("mac-03"))
    kept(1, lab="perth")
    history(None, lab=None, verb=None, count=20, json=False)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["run", "when", "verb", "lab", "Macs", "pending", "exit", "seconds"],
        [name(1), "2026-11-21", "11:00:00", "drift", "perth", "1", "converged,", "1", "drifted", "1", "2", "2.5"],
        [name(2), "2026-11-21", "10:00:00", "drift", "brisbane", "1", "drifted,", "1", "unreachable", "1", "5", "2.5"],
        [name(30), "2026-11-20", "06:00:00", "apply", "brisbane", "1", "converged,", "1", "drifted", "0", "2", "2.5"],
    ]
    history("mac-03", lab=None, verb=None, count=20, json=False)
    assert capsys.readouterr().out.splitlines()[1].split()[3:] == ["drift", "unreachable", "0", "5", "15.0"]
    history("mac-01", lab="brisbane", verb="apply", count=1, json=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["format_version"], [run["run"] for run in document["runs"]]) == (1, [name(30)])
    assert list(document["runs"][0]["macs"]) == ["mac-01"]
    history("mac-99", lab=None, verb=None, count=20, json=False)
    assert capsys.readouterr() == ("", "no run of this kind is kept here\n")


def test_pruning_says_what_it_did(capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in (5, 3, 1):
        kept(hours)
    prune(2, None)
    assert capsys.readouterr().out == "1 runs forgotten, 2 kept (bounds: 2 runs)\n"
    monkeypatch.setenv("CARBON_KEEP_RUNS", "1")
    prune(None, None)
    assert capsys.readouterr().out == "1 runs forgotten, 1 kept (bounds: 1 runs)\n"
    monkeypatch.delenv("CARBON_KEEP_RUNS")
    assert history_verb.KEEP.runs == 1000
    prune(None, None)
    assert capsys.readouterr().out == "0 runs forgotten, 1 kept (bounds: 1000 runs, 90 days)\n"


def test_diff_says_what_changed_and_ends_with_2(capsys: Said) -> None:
    kept(50, drifted("mac-01", "power"))
    kept(49, drifted("mac-01", "other"), lab="perth")
    kept(48, drifted("mac-01"), verb="verify")
    kept(1, drifted("mac-01"))
    assert diff("latest~1", "latest") == 2
    assert "    - power  no longer differs" in capsys.readouterr().out
    assert diff(name(50), "latest", json=True) == 2
    assert json.loads(capsys.readouterr().out)["macs"][0]["gone"][0]["address"] == "power"
    assert diff("latest", "latest") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no difference: 1 Macs are as they were"
    assert diff("latest", "latest", lab="perth") == 0
    assert capsys.readouterr().out.startswith(name(49))
    assert f"the oldest is {name(50)}" in refused(capsys, lambda: diff("2026-01-01", "latest"))


def test_metrics_of_a_lab_are_those_of_the_last_run_of_each_verb(capsys: Said, state: Path) -> None:
    (state / "lab.yml").write_text(LAB)
    kept(9)
    kept(4, drifted("mac-01"))
    kept(3, drifted("mac-01"), verb="verify")
    kept(2, lab="perth")
    kept(1, drifted("mac-01"), verb="secret list")
    assert metrics("lab.yml", state / "carbon_fleet.prom") == 0
    written = (state / "carbon_fleet.prom").read_text()
    codes = [line for line in written.splitlines() if line.startswith("carbon_fleet_run_exit_code{")]
    assert codes == [
        'carbon_fleet_run_exit_code{lab="brisbane",verb="drift"} 0',
        'carbon_fleet_run_exit_code{lab="brisbane",verb="verify"} 0',
    ]
    assert metrics(name(2), None) == 0
    assert 'carbon_fleet_run_exit_code{lab="perth",verb="drift"} 2\n' in capsys.readouterr().out
    assert sorted(path.name for path in state.iterdir()) == ["carbon_fleet.prom", "lab.yml", "state"]


def test_metrics_are_readable_by_others_whatever_the_umask_and_replaced_as_a_whole(state: Path) -> None:
    kept(1)
    before = os.umask(0o077)
    try:
        metrics("latest", state / "x.prom")
        inode = (state / "x.prom").stat().st_ino
        metrics("latest", state / "x.prom")
    finally:
        os.umask(before)
    assert (state / "x.prom").stat().st_mode & 0o777 == 0o644
    assert (state / "x.prom").stat().st_ino != inode, "renamed over, not written into"


def test_a_lab_without_runs_is_told_how_to_get_one(capsys: Said, state: Path) -> None:
    (state / "lab.yml").write_text(LAB)
    assert "run `carbon-fleet drift lab.yml` first" in refused(capsys, lambda: metrics("lab.yml", None))


def test_the_command_line_knows_them_and_its_version() -> None:
    command = [sys.executable, "-m", "carbon_fleet", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stdout, said.stderr) == (0, "carbon-fleet 0.1.0\n", "")
    kept(1)
    command = [sys.executable, "-m", "carbon_fleet", "report", "latest", "--format", "jamf"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert said.stdout.startswith("<result>1 converged, 1 drifted (drift ")
