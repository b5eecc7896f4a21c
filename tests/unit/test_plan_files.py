"""A file given to `apply`: a plan, a lab, or neither; and plans that are not for this lab any more."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet import __version__
from carbon_fleet.plan.bound import BoundPlan, bound_mac
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Lab, load_lab
from carbon_fleet.verbs.bound import lab_file_of, not_planned, plan_again, plan_in, planned_macs
from carbon_fleet.verbs.stop import Stop
from tests.unit.test_cli import LAB, run


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / "lab.yml").write_text(LAB)
    return load_lab(tmp_path / "lab.yml", lab_sections())


def made(lab: Lab, **more: Any) -> BoundPlan:
    macs = {name: bound_mac(mac, Snapshot(name, {}, Guest.ABSENT), [], ()) for name, mac in lab.macs.items()}
    given = {"version": __version__, "file": str(lab.path), "missing": {}, "macs": macs} | more
    return BoundPlan(lab=lab.name, lock=None, only=(), skip=(), **given).sealed()


def written(lab: Lab, text: str) -> Path:
    file = lab.path.with_name("x.plan")
    file.write_text(text)
    return file


def test_a_plan_is_told_from_a_lab_by_what_is_in_it(lab: Lab) -> None:
    file = written(lab, made(lab).text())
    assert plan_in(file) == made(lab)
    assert plan_in(lab.path) is None
    assert plan_in(lab.path.with_name("none")) is None, "whoever reads lab files says so"
    lab.path.write_bytes(b"\xff\xfe")
    assert plan_in(lab.path) is None


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("CUT", 64, "cannot be run: it was cut off or changed: it is no JSON any more"),
        ("NEWER", 64, "cannot be run: its format_version is 2, and this carbon-fleet reads 1"),
        ("EDITED", 3, "cannot be run: it was changed after `plan` wrote it: its digest is another"),
        ("SHAPE", 3, "cannot be run: it is not as `plan` writes it: macs"),
        ("OTHER", 3, f"was made by carbon-fleet 0.0.1, and this is {__version__}"),
        ('{"format_version": 2, "verb": "drift"}', 64, "is no plan, but the Report of `drift`"),
        ('{"format_version": "1.2", "resource_changes": []}', 64, "is no plan, but something else"),
    ],
)
def test_what_cannot_be_run_is_said(
    lab: Lab, capsys: pytest.CaptureFixture[str], text: str, code: int, says: str
) -> None:
    whole = made(lab).text()
    texts = {
        "CUT": whole[:200],
        "NEWER": json.dumps({**json.loads(whole), "format_version": 2}),
        "EDITED": whole.replace('"lock": null', '"lock": "0"'),
        "SHAPE": json.dumps({**json.loads(whole), "macs": 1}),
        "OTHER": made(lab, version="0.0.1").text(),
    }
    with pytest.raises(Stop) as stop:
        plan_in(written(lab, texts.get(text, text)))
    said = capsys.readouterr().err
    assert (stop.value.code, says in said) == (code, True), said
    assert "carbon-fleet plan " in said


def test_the_lab_file_is_looked_for_where_it_was(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab_file_of(made(lab), Path("x.plan")) == lab.path
    with pytest.raises(Stop) as stop:
        lab_file_of(made(lab, file="gone/lab.yml"), Path("x.plan"))
    assert stop.value.code == 64
    assert "the plan `x.plan` is for the lab file `gone/lab.yml`, which is not here" in capsys.readouterr().err


def test_a_mac_that_the_lab_lost_refuses_the_plan(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    plan = made(lab)
    assert [mac.name for mac in planned_macs(lab, plan, Path("x.plan"), [])] == ["mac-01"]
    with pytest.raises(Stop) as stop:
        planned_macs(replace(lab, macs={}), plan, Path("x.plan"), [])
    assert stop.value.code == 3
    assert "has no Mac mac-01 any more" in capsys.readouterr().err


def test_a_plan_for_none_of_the_chosen_macs_is_bad_usage(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Stop) as stop:
        planned_macs(lab, made(lab, macs={}), Path("x.plan"), [])
    assert stop.value.code == 64
    assert "is for none of these Macs; it is for none at all" in capsys.readouterr().err


def test_macs_that_could_not_be_planned_are_noted(lab: Lab) -> None:
    (note,) = not_planned(made(lab, missing={"mac-07": "unreachable"}), Path("x.plan"))
    assert note.what == "mac-07 is not in the plan: it was unreachable when the plan was made"
    assert note.remedy.endswith(plan_again(lab.path, Path("x.plan")))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["apply", "LAB"], "nobody can be asked here: add `--yes`, or look first (`carbon-fleet plan "),
        (["apply", "LAB", "--yes", "--only", "stak"], "--only stak: no resource is called so; an address begins with"),
        (["plan", "LAB", "--skip", ","], "--skip is empty"),
        (["drift", "LAB", "--only", "x.y"], "--only x.y: no resource is called so"),
        (["plan", "LAB", "-o", "/nowhere/x.plan"], "-o /nowhere/x.plan: there is no folder `/nowhere`"),
        (["apply", "PLAN", "--only", "stack"], "a plan has its own choice"),
        (["apply", "PLAN", "--limit", "mac-9"], "--limit mac-9"),
    ],
)
def test_bad_usage_is_64(lab: Lab, arguments: list[str], says: str) -> None:
    names = {"LAB": str(lab.path), "PLAN": str(written(lab, made(lab).text()))}
    ran = run(*(names.get(word, word) for word in arguments))
    assert (ran.returncode, ran.stdout) == (64, "")
    assert says in ran.stderr
