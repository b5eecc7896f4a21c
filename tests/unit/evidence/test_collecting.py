"""Steps one by one: failures recorded, what was done not repeated, the state safe and private."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.evidence import collecting
from carbon_fleet.evidence.collecting import Collecting, document
from carbon_fleet.evidence.journal import BadState, State, Step, place, read_state, write_private, write_state
from carbon_fleet.evidence.redact import Redactor
from carbon_fleet.evidence.steps import Asked, Kind, kinds, result_of, result_of_probe
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report, Result
from carbon_fleet.verbs.stop import Stop

ASKED = Asked(Path("lab.yml"), "mac-01", quiet=True)


def report(outcome: Outcome = Outcome.CONVERGED, **more: Any) -> Report:
    return Report("apply", "brisbane", "lab.yml", "", macs=[MacReport("mac-01", outcome, **more)])


def collect(path: Path, steps: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[State, list[str]]:
    ran: list[str] = []

    def of(name: str) -> Kind:
        def run(asked: Asked) -> Report | int:
            ran.append(name)
            ended = steps[name]
            if isinstance(ended, BaseException):
                raise ended
            assert isinstance(ended, Report | int)
            return ended

        return Kind(name, f"carbon-fleet {name}", run)

    monkeypatch.setattr(collecting, "kinds", lambda asked: tuple(of(name) for name in steps))
    state = read_state(path) or State("1", "wish", "2026-11-21T04:00:00+00:00")
    Collecting(ASKED, state, path, Redactor({"mac-01": "<mac>"}), lambda text: None).run()
    return state, ran


def test_a_failing_step_is_recorded_and_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = report(Outcome.FAILED, failures=[Failure("mac", "GAVE_UP", "mac-01 is gone", "", "")])
    steps = {"one": failed, "two": ValueError("odd"), "three": Stop(64), "four": report(), "five": 5}
    state, ran = collect(tmp_path / "s.json", steps, monkeypatch)
    assert ran == list(steps)
    assert [(step.exit, step.ok) for step in state.steps] == [
        (4, False),
        (1, False),
        (64, False),
        (0, True),
        (5, False),
    ]
    assert state.steps[1].text == ["ValueError: odd"]
    assert "GAVE_UP" in state.steps[0].result
    assert "mac-01" not in (tmp_path / "s.json").read_text(), "the state is redacted, too"


def test_what_was_done_is_not_repeated_and_a_cut_off_step_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.json"
    with pytest.raises(KeyboardInterrupt):
        collect(path, {"one": report(), "two": KeyboardInterrupt(), "three": report()}, monkeypatch)
    state, ran = collect(path, {"one": report(), "two": report(), "three": report()}, monkeypatch)
    assert ran == ["two", "three"]
    assert [step.starts for step in state.steps] == [1, 2, 1]
    assert state.complete
    assert collect(path, {"one": 1, "two": 1, "three": 1}, monkeypatch)[1] == []


def test_the_second_apply_must_be_empty() -> None:
    kind = next(kind for kind in kinds(ASKED) if kind.name == "apply-again")
    assert kind.good(report().as_dict())
    assert not kind.good(report(results=[Result("x", "brew", 0, 0.1, ())]).as_dict())


def test_bench_is_a_step_only_with_a_model() -> None:
    assert "bench" not in [kind.name for kind in kinds(ASKED)]
    with_model = kinds(Asked(Path("lab.yml"), "mac-01", quiet=True, model="m.gguf", sha256="0"))
    assert [kind.name for kind in with_model][-2:] == ["bench", "matrix"]


def test_a_result_tells_the_figures() -> None:
    measured = {"prove": {"figures": {"bandwidth_gb_s": 80.24, "compute_gflop_s": 912.0}}}
    said = result_of(report(measured=measured, gpu="Virtio-GPU Venus (Apple M4)", execs=3).as_dict())
    assert "80.2 GB/s · 912.0 GFLOP/s" in said
    assert "Virtio-GPU Venus (Apple M4)" in said
    assert "3 looks" in said


def test_a_probes_result_names_the_slowest_and_the_failed() -> None:
    lines = ["%carbon-probe 1", "%end power 0 8", "%end machine 0 217", "%end stack 1 12", "%done"]
    assert result_of_probe(lines) == "3 sections · slowest machine: 217 ms · failed: stack"
    assert result_of_probe(["%end x", "%end y 0 fast"]) == "2 sections · no times · failed: x"


def test_a_later_step_tells_a_name_that_an_earlier_one_used() -> None:
    state = State("1", "wish", "now")
    step = {"started": "", "seconds": 0.0, "starts": 1, "exit": 0, "ok": True, "result": ""}
    state.steps = [
        Step("a", "", **step, text=["zoe was here"]),  # type: ignore[arg-type]
        Step("b", "", **step, text=["home=/Users/zoe"]),  # type: ignore[arg-type]
    ]
    said = document(state, Redactor({}), simulated=True)
    assert "zoe" not in json.dumps(said)
    assert said["tier"] == "simulated"
    assert "wish" not in said


@pytest.mark.parametrize(
    ("proof", "tier"),
    [
        ({"accepted": True, "software": False, "modelled": False}, "real Mac"),
        ({"accepted": True, "software": True, "modelled": False}, "simulated"),
        ({"accepted": False, "software": False, "modelled": True}, "simulated"),
        ({"accepted": False, "software": False, "modelled": False}, "unproven"),
        (None, "unproven"),
    ],
)
def test_a_real_mac_is_one_whose_gpu_was_proved(proof: Any, tier: str) -> None:
    ended = report(measured={"prove": proof}).as_dict() if proof else None
    state = State("1", "wish", "now", [Step("prove", "", "", 0.0, 1, 0, True, "", ended)])
    assert document(state, Redactor({}), simulated=False)["tier"] == tier


def test_the_state_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "s.json"
    write_state(path, State("1", "w", "now", starts={"one": 2}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_state(path) == State("1", "w", "now", starts={"one": 2})
    assert [entry.name for entry in path.parent.iterdir()] == ["s.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 1}', '{"version":"1","wish":"w","started":"n","steps":[7]}']
)
def test_a_foreign_state_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(BadState, match=r"--again. starts over"):
        read_state(path)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadState, match="cannot be written"):
        write_private(tmp_path / "file" / "x.json", {})


def test_the_state_lies_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))
    assert place("brisbane", "mac-01") == tmp_path / "evidence/brisbane/mac-01.json"
