"""A baseline on disk: whole or not there, its owner's alone, and never silently taken for none."""

import json
import os
import stat
from pathlib import Path

import pytest

from carbon_fleet.prove.baseline import BadBaseline, Baseline, place, read_baseline, write_baseline
from carbon_fleet.prove.comparison import compare, regressed, replaced
from carbon_fleet.prove.figures import BOUND, SOFTWARE_BOUND, Figures, figures_of
from tests.unit.prove.fixtures import changed, proof

FIGURES = Figures(bandwidth_gb_s=90.0, bandwidth_ratio=1.2, compute_gflop_s=1000.0, compute_ratio=9.0, n=1024)
KEPT = Baseline(
    measured_at="2026-11-01T04:00:00+00:00",
    chip="Apple M4",
    device="Virtio-GPU Venus (Apple M4)",
    through="venus",
    versions={"macOS": "26.1", "libkrun": "1.19.4", "gone": "1"},
    figures=FIGURES,
)


def now(bandwidth: float = 1.0, compute: float = 1.0, **more: object) -> Baseline:
    """The same Mac later, its figures as shares of the baseline's."""
    faster = {"bandwidth_gb_s": 90.0 * bandwidth, "compute_gflop_s": 1000.0 * compute}
    return KEPT.model_copy(update={"figures": FIGURES.model_copy(update=faster), "measured_at": "now", **more})


def test_it_comes_back_as_it_was_kept_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "lab" / "mac-01.json"
    assert read_baseline(path) is None
    write_baseline(path, now())
    write_baseline(path, KEPT)
    assert read_baseline(path) == KEPT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["mac-01.json"]


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_STATE", "/var/lab")
    assert place("brisbane", "mac-01") == Path("/var/lab/baselines/brisbane/mac-01.json")
    monkeypatch.delenv("CARBON_STATE")
    assert place("brisbane", "mac-01").parts[-4:] == ("carbon-fleet", "baselines", "brisbane", "mac-01.json")


BAD = {
    "no JSON": "half a f",
    "empty": "",
    "another version": json.dumps({**KEPT.model_dump(), "format_version": 2}),
    "no figures": json.dumps({k: v for k, v in KEPT.model_dump().items() if k != "figures"}),
    "a figure of nothing": json.dumps({**KEPT.model_dump(), "figures": {**FIGURES.model_dump(), "compute_gflop_s": 0}}),
    "more than it knows": json.dumps({**KEPT.model_dump(), "more": 1}),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_named_not_forgotten(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mac-01.json"
    path.write_text(text)
    with pytest.raises(BadBaseline, match=str(path)) as caught:
        read_baseline(path)
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "baselines").write_text("a file where a folder should be")
    with pytest.raises(BadBaseline, match="cannot be written"):
        write_baseline(tmp_path / "baselines" / "lab" / "mac-01.json", KEPT)
    with pytest.raises(BadBaseline, match="cannot be read"):
        read_baseline(tmp_path / "baselines" / "lab" / "mac-01.json")


def test_a_write_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mac-01.json"
    write_baseline(path, KEPT)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadBaseline, match="No space left"):
        write_baseline(path, now())
    assert read_baseline(path) == KEPT
    assert [one.name for one in tmp_path.iterdir()] == ["mac-01.json"]


def test_the_first_becomes_the_baseline() -> None:
    found = compare(now(), None, rebase=False, software=False)
    assert (found.state, found.keeps, found.drift(), regressed(found)) == ("first", True, None, None)


@pytest.mark.parametrize(
    ("bandwidth", "compute", "software", "slower"),
    [
        (1.0, 1.0, False, set()),
        (BOUND, BOUND, False, set()),
        (1.0, BOUND - 0.01, False, {"compute"}),
        (BOUND - 0.01, 1.0, False, {"bandwidth"}),
        (0.1, 0.1, False, {"bandwidth", "compute"}),
        (2.0, 3.0, False, set()),
        (BOUND - 0.1, BOUND - 0.1, True, set()),
        (1.0, SOFTWARE_BOUND - 0.01, True, {"compute"}),
    ],
)
def test_below_the_bound_is_a_regression(bandwidth: float, compute: float, software: bool, slower: set[str]) -> None:
    found = compare(now(bandwidth, compute), KEPT, rebase=False, software=software)
    assert (found.state, found.keeps, set(found.slower)) == ("kept", False, slower)
    assert (regressed(found) is not None) is bool(slower)
    drift = found.drift()
    assert (drift is not None) is bool(slower)
    if drift:
        assert (drift["class"], drift["code"]) == ("environment", "GPU_REGRESSED")


def test_what_moved_is_named_before_and_after() -> None:
    later = now(compute=0.5, versions={"macOS": "26.1", "libkrun": "1.19.5", "new": "2"})
    found = compare(later, KEPT, rebase=False, software=False)
    failure = regressed(found)
    assert failure is not None
    assert "compute fell from 1000.0 to 500.0 GFLOP/s (50%)" in failure.what
    assert "bandwidth" not in failure.what
    assert failure.why == "moved since then: gone 1 → none, libkrun 1.19.4 → 1.19.5, new none → 2"
    drift = found.drift()
    assert drift is not None
    assert drift["moved"] == {"gone": ["1", "none"], "libkrun": ["1.19.4", "1.19.5"], "new": ["none", "2"]}


def test_when_nothing_moved_that_is_said() -> None:
    failure = regressed(compare(now(0.5), KEPT, rebase=False, software=False))
    assert failure is not None
    assert "nothing that is tracked moved" in failure.why
    assert "--rebase" in failure.remedy


def test_rebase_takes_what_is_slower() -> None:
    found = compare(now(0.5, 0.5), KEPT, rebase=True, software=False)
    assert (found.state, found.keeps, found.slower, regressed(found)) == ("rebased", True, {}, None)


@pytest.mark.parametrize(
    "more", [{"chip": "Apple M1"}, {"device": "Virtio-GPU Venus (Apple M1)"}, {"through": "lavapipe"}]
)
def test_other_hardware_is_not_compared_and_said(more: dict[str, str]) -> None:
    found = compare(now(0.1, 0.1, **more), KEPT, rebase=False, software=False)
    assert (found.state, found.keeps, regressed(found)) == ("replaced", True, None)
    notice = replaced(found)
    assert notice is not None
    assert next(iter(more.values())) in notice.what


def test_a_chip_nobody_could_name_is_no_other_chip() -> None:
    assert compare(now(chip="unknown"), KEPT, rebase=False, software=False).state == "kept"


def test_figures_are_those_of_the_proof_and_the_best_of_two() -> None:
    first = figures_of(proof("ok-apple"))
    assert first is not None
    assert (first.compute_gflop_s, first.compute_ratio) == (1122.0, 10.0)
    second = first.model_copy(update={"bandwidth_gb_s": 1.0, "bandwidth_ratio": 0.1, "compute_gflop_s": 2000.0})
    for best in (first.best(second), second.best(first)):
        assert (best.bandwidth_gb_s, best.bandwidth_ratio, best.compute_gflop_s) == (93.1, 1.297, 2000.0)
    assert figures_of(changed("ok-apple", ("compute",), None)) is None
