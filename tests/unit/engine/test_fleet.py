"""The fleet engine on this machine (`host: local`): every end of a piece of work is that Mac's own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

SCRIPT = """
import sys, json
from dataclasses import replace
from pathlib import Path
from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.plan import Command, Refusal
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.engine.steps import Refused
from carbon_fleet.report.document import Outcome, Report
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import load_lab

DO = {
    "well": lambda session: session.run("a", Command(("cat",), stdin="x" * 300000)),
    "bytes": lambda session: session.run("a", Command(("printf", "%b", "a\\\\0377\\\\n\\\\0014b\\\\n"))),
    "fails": lambda session: session.run("a.b", Command(("sh", "-c", "echo why >&2; exit 9"))),
    "late": lambda session: session.run("a.b", Command(("sleep", "60"), deadline=1)),
    "mad": lambda session: session.run("a.b", Command(("yes",), deadline=60)),
    "bug": lambda session: {}["no such key"],
    "lies": lambda session: (_ for _ in ()).throw(Unreadable("power", 3, "said nothing")),
    "refuses": lambda session: (_ for _ in ()).throw(Refused((Refusal("r", "CODE", "w", "y", "d"),))),
}

def work(session, report):
    DO.get(report.mac, DO["well"])(session)

lab = load_lab(Path(sys.argv[1]), lab_sections())
told = []
here = [replace(mac, host="local") if mac.host.startswith("10.") else mac for mac in lab.macs.values()]
macs = run_fleet(lab, here, work, parallel=4, done=lambda report: told.append(report.mac))
fds = len(list(Path("/dev/fd").iterdir()))
print(json.dumps({"told": sorted(told), "fds": fds, **Report("test", "l", "f", "", macs=macs).as_dict()}))
"""
ENDS = {
    "well": ("converged", None),
    "bytes": ("converged", None),
    "fails": ("failed", "COMMAND_FAILED"),
    "late": ("failed", "COMMAND_FAILED"),
    "mad": ("failed", "GAVE_UP"),
    "bug": ("failed", "INTERNAL"),
    "lies": ("failed", "UNREADABLE"),
    "refuses": ("refused", "CODE"),
    "nokey": ("unreachable", "UNREACHABLE"),
    "badkey": ("unreachable", "UNREACHABLE"),
    "noname": ("unreachable", "UNREACHABLE"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "bad").write_text("not a key\n")
    macs: dict[str, dict[str, Any]] = {name: {"host": f"10.0.0.{n}"} for n, name in enumerate(ENDS)}
    macs["nokey"] = {"host": "127.0.0.1", "key": str(folder / "nowhere")}
    macs["badkey"] = {"host": "127.0.0.1", "port": 2, "key": str(folder / "bad")}
    macs["noname"] = {"host": "no-such-name.invalid"}
    macs |= {f"more-{n}": {"host": f"10.0.1.{n}"} for n in range(30)}
    (folder / "lab.yml").write_text(
        yaml.safe_dump({"lab": "l", "defaults": {"user": "lab"}, "macs": macs}, sort_keys=False)
    )
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "lab.yml")], capture_output=True, text=True, timeout=120
    )
    assert ran.stderr == "", "nothing but the Report speaks"
    document: dict[str, Any] = yaml.safe_load(ran.stdout)
    return document


def failures(report: dict[str, Any], name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = next(mac["failures"] for mac in report["macs"] if mac["mac"] == name)
    return found


def test_each_ends_with_its_own_outcome_in_the_labs_order(report: dict[str, Any]) -> None:
    ends = {mac["mac"]: (mac["outcome"], (mac["failures"] or [{"code": None}])[0]["code"]) for mac in report["macs"]}
    assert {name: ends[name] for name in ENDS} == ENDS
    assert {ends[name] for name in ends if name.startswith("more-")} == {("converged", None)}
    assert list(ends)[: len(ENDS)] == list(ENDS)
    assert report["told"] == sorted(ends)
    assert report["exit_code"] == 4


def test_failures_say_which_command_and_how(report: dict[str, Any]) -> None:
    (fails,), (late,), (mad,) = (failures(report, name) for name in ("fails", "late", "mad"))
    assert (fails["address"], fails["what"].endswith("ended with status 9: why")) == ("a.b", True)
    assert "`sleep 60` ended with status 124" in late["what"]
    assert mad["what"] == "`yes` (a.b): it said more than 32 MiB and was not done"
    assert failures(report, "bug")[0]["what"] == "KeyError: 'no such key'"


def test_keys_that_cannot_be_used_are_named(report: dict[str, Any]) -> None:
    (nokey,), (badkey,) = failures(report, "nokey"), failures(report, "badkey")
    assert "No such private key file" in nokey["what"]
    assert "nowhere" in nokey["what"]
    assert "Invalid private key file" in badkey["what"]
    assert "/bad -p 2 lab@127.0.0.1 true`" in badkey["remedy"]


def test_what_is_no_utf8_is_kept_readable(report: dict[str, Any]) -> None:
    (result,) = next(mac["results"] for mac in report["macs"] if mac["mac"] == "bytes")
    assert result["tail"] == ["a\ufffd", "\x0cb"]


def test_nothing_stays_open(report: dict[str, Any]) -> None:
    assert report["fds"] < 25


ORDER = """
import sys, json
from dataclasses import replace
from pathlib import Path
from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import load_lab

began = []
lab = load_lab(Path(sys.argv[1]), lab_sections())
here = [replace(mac, host="local") for mac in lab.macs.values()]
macs = run_fleet(lab, here, lambda session, report: began.append(report.mac), parallel=1, done=lambda report: None)
print(json.dumps([began, [mac.mac for mac in macs]]))
"""


def test_a_mac_that_others_wait_for_begins_before_them(tmp_path: Path) -> None:
    """Else, with few at a time, those who wait would keep it out for ever."""
    file = tmp_path / "lab.yml"
    macs = {f"mac-0{number}": {"host": f"10.0.0.{number}", "user": "u"} for number in (1, 2, 3)}
    document = {"lab": "l", "defaults": {"build_on": "mac-03"}, "macs": macs}
    file.write_text(yaml.safe_dump(document))
    ran = subprocess.run([sys.executable, "-c", ORDER, str(file)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [["mac-03", "mac-01", "mac-02"], ["mac-01", "mac-02", "mac-03"]]


LATE = """
import sys, json
from dataclasses import replace
from pathlib import Path
from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.plan import Command
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.report.document import Report
from carbon_fleet.spec import load_lab

def work(session, report):
    session.run("a", Command(("sleep", "600" if report.mac == "mac-01" else "0"), deadline=900))

lab = load_lab(Path(sys.argv[1]), lab_sections())
here = [replace(mac, host="local") for mac in lab.macs.values()]
hold = lambda: "mac-02" in begun
begun = []

class Heard(__import__("carbon_fleet.runs.witness", fromlist=["Witness"]).Witness):
    def began(self, mac):
        begun.append(mac)

macs = run_fleet(lab, here, work, parallel=2, done=lambda report: None, seconds=8, hold=hold, witness=Heard())
print(json.dumps(Report("test", "l", "f", "", macs=macs).as_dict()))
"""


def test_a_mac_that_takes_too_long_is_ended_and_one_that_is_held_never_begins(tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    macs = {f"mac-0{number}": {"host": f"10.0.0.{number}", "user": "u"} for number in (1, 2, 3)}
    file.write_text(yaml.safe_dump({"lab": "l", "macs": macs}))
    ran = subprocess.run([sys.executable, "-c", LATE, str(file)], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    late, well, held = json.loads(ran.stdout)["macs"]
    assert (late["outcome"], [failure["code"] for failure in late["failures"]]) == ("failed", ["TIMEOUT"])
    assert (well["outcome"], well["results"][0]["status"]) == ("converged", 0)
    assert (held["outcome"], held["execs"]) == ("not reached", 0)
