"""`bench` on a modelled Mac: the order of runs, what counts as a figure, and every end that is none.

No model is run here, and the figures say so (`modelled`). What is real is the way there and back: the model's bytes on
the Mac and in its machine, deadlines, the judging of answers.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.bench_server import Served, serve
from tests.sim.runs import fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
MODEL = os.urandom(9 << 20)
SHA256 = hashlib.sha256(MODEL).hexdigest()
WISH = {"images": {"llama": {}}, "homebrew": {"formulae": {"llama.cpp": {}}}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("bench")) as running:
        fleet("apply", lab_file(running, **WISH), expect=0)
        yield running


@pytest.fixture
def mac(lab: SimulatedLab) -> Iterator[SimulatedMac]:
    yield lab.mac("mac-01")
    lab.mac("mac-01").mend()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.gguf"
    path.write_bytes(MODEL)
    return path


def bench(lab: SimulatedLab, model: object, *words: str, expect: int, **more: Any) -> dict[str, Any]:
    """The one Mac's part of a run's Report."""
    named = ["--model", str(model), "--sha256", SHA256, "--repeats", "2", *words]
    (found,) = fleet("bench", lab_file(lab, **{**WISH, **more}), *named, expect=expect, timeout=180)["macs"]
    return dict(found)


def codes(mac: dict[str, Any]) -> list[str]:
    return [f"{failure['address']} {failure['code']}" for failure in mac["failures"]]


def outcomes(mac: dict[str, Any]) -> list[str]:
    return [f"{run['round']} {run['path']} {run['outcome']}" for run in mac["measured"]["bench"]["runs"]]


def calls(mac: SimulatedMac) -> list[dict[str, Any]]:
    lines = (mac.shared / "calls.jsonl").read_text().splitlines()
    return [call for call in map(json.loads, lines) if call["argv"][0] == "llama-bench"]


@pytest.fixture(scope="module")
def measured(lab: SimulatedLab, model: Path) -> tuple[dict[str, Any], list[list[str]]]:
    """The figures of three rounds, and the argument lists of what ran for them."""
    before = len(calls(lab.mac("mac-01")))
    found = bench(lab, model, "--repeats", "3", expect=0)
    return found, [call["argv"] for call in calls(lab.mac("mac-01"))[before:]]


def test_every_round_has_each_path_once(measured: tuple[dict[str, Any], list[list[str]]]) -> None:
    found, argvs = measured
    shown = ["cpu" if "none" in argv else "venus" if "Vulkan0" in argv else "metal" for argv in argvs]
    assert shown == ["cpu", "venus", "metal"] * 3
    assert outcomes(found) == [f"{number} {path} ok" for number in (1, 2, 3) for path in ("cpu", "venus", "metal")]
    same = {tuple(argv[argv.index("-p") : argv.index("-ngl")]) for argv in argvs}
    assert same == {("-p", "512", "-n", "128", "-t", "2", "-r", "1", "-o", "json")}
    assert {argv[argv.index("-m") + 1].rpartition("/")[2] for argv in argvs} == {f"{SHA256}"}


def test_figures_are_medians_with_spread_and_ratios(measured: tuple[dict[str, Any], list[list[str]]]) -> None:
    bench = measured[0]["measured"]["bench"]
    assert (bench["software"], bench["gpu_path"]) == (True, "venus")
    for path, figures in bench["paths"].items():
        rates = [run["generation"] for run in bench["runs"] if run["path"] == path]
        figure = figures["generation"]
        assert (figure["low"], figure["median"], figure["high"]) == tuple(round(rate, 3) for rate in sorted(rates))
        assert "modelled" in figures["build"]
    venus, metal = (bench["paths"][path]["generation"]["median"] for path in ("venus", "metal"))
    assert bench["ratios"]["venus_of_metal"]["generation"] == round(venus / metal, 3)
    assert bench["ratios"]["venus_over_cpu"]["generation"] > 3
    assert "virtgpu" in bench["absent"]["remoting"]


def test_model_is_brought_once_and_checked_each_time(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    bench(lab, model, "--repeats", "1", expect=0)
    here = mac.home / f"Library/Caches/carbon-fleet/models/{SHA256}"
    there = f"/var/lib/carbon-fleet/models/{SHA256}"
    assert hashlib.sha256(here.read_bytes()).hexdigest() == SHA256
    first = here.stat().st_mtime_ns
    guest(lab, "mac-01", f"echo rot >>{there}")
    bench(lab, model, "--repeats", "1", expect=0)
    assert here.stat().st_mtime_ns == first
    assert guest(lab, "mac-01", f"sha256sum {there}").stdout.split()[0] == SHA256


def test_sending_goes_on_where_it_was_cut_off(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    folder = mac.home / "Library/Caches/carbon-fleet/models"
    (folder / SHA256).unlink(missing_ok=True)
    part = folder / f"{SHA256}.part"
    folder.mkdir(parents=True, exist_ok=True)
    part.write_bytes(MODEL[: 5 << 20])
    bench(lab, model, "--repeats", "1", expect=0)
    assert not part.exists()
    (folder / SHA256).unlink()
    part.write_bytes(b"something else")
    found = bench(lab, model, "--repeats", "1", expect=4)
    assert codes(found) == ["bench MODEL_NOT_SENT"]
    assert not part.exists()
    bench(lab, model, "--repeats", "1", expect=0)


def test_without_the_formula_metal_is_left_out(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    measured = bench(lab, model, "--repeats", "1", expect=0, homebrew={})["measured"]["bench"]
    assert "homebrew.formulae" in measured["absent"]["metal"]
    assert sorted(measured["paths"]) == ["cpu", "venus"]
    assert "venus_of_metal" not in measured["ratios"]


def test_an_answer_of_the_cpu_is_no_figure_of_venus(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    mac.break_("bench-falls-back")
    found = bench(lab, model, expect=100)
    assert codes(found) == ["bench.venus BENCH_NOT_THIS_PATH"]
    assert "venus" not in found["measured"]["bench"]["paths"]
    assert [line for line in outcomes(found) if "venus" in line] == ["1 venus refused"]
    assert found["measured"]["bench"]["paths"]["cpu"]["runs"] == 2


def test_a_software_device_counts_only_where_the_lab_says_so(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    file = lab_file(lab, **WISH, accept_software_gpu=False)
    fleet("apply", file, expect=4)  # its check refuses the device, rightly
    (found,) = fleet("bench", file, "--model", str(model), "--sha256", SHA256, "--repeats", "1", expect=100)["macs"]
    assert codes(found) == ["bench.venus BENCH_FAILED"]
    assert "Vulkan0" in found["failures"][0]["what"] or "--device" in found["failures"][0]["what"]
    fleet("apply", lab_file(lab, **WISH), expect=0)


def test_a_hang_is_a_finding(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    mac.break_("bench-hangs")
    found = bench(lab, model, "--repeats", "1", "--seconds", "10", expect=100)
    assert codes(found) == ["bench.venus BENCH_HUNG"]
    (hung,) = [run for run in found["measured"]["bench"]["runs"] if run["path"] == "venus"]
    assert 10 <= hung["seconds"] < 40
    end = time.monotonic() + 20  # what a container's end takes along may still be on its way out
    while left := guest(lab, "mac-01", "ps -ef | grep -v grep | grep llama-bench").stdout:
        assert time.monotonic() < end, left
        time.sleep(0.5)


def test_a_crash_is_tried_once_more(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    mac.break_("bench-crashes")
    found = bench(lab, model, "--repeats", "1", expect=100)
    assert codes(found) == ["bench.venus BENCH_CRASHED"]
    assert [line for line in outcomes(found) if "venus" in line] == ["1 venus crashed"] * 2


def test_heat_is_noted_before_and_after_each_round(
    measured: tuple[dict[str, Any], list[list[str]]], lab: SimulatedLab, mac: SimulatedMac, model: Path
) -> None:
    cool = measured[0]["measured"]["bench"]["thermal"]
    assert [(one["round"], one["when"], one["throttled"]) for one in cool] == [
        (number, when, False) for number in (1, 2, 3) for when in ("before", "after")
    ]
    mac.break_("hot")
    hot = bench(lab, model, "--repeats", "1", expect=0)["measured"]["bench"]["thermal"]
    assert [one["throttled"] for one in hot] == [True, True]


def test_what_is_missing_is_named_with_the_way_out(lab: SimulatedLab, mac: SimulatedMac, model: Path) -> None:
    found = bench(lab, model, expect=4, images={})
    assert codes(found) == ["bench NO_BENCH_WISHED"]
    assert "images: {llama: {}}" in found["failures"][0]["remedy"]
    found = bench(lab, model, expect=4, images={"llama": {"args": {"SUITE": "sid"}}})
    assert codes(found) == ["bench BENCH_IMAGE_ABSENT"]
    (mac.shared / "faults" / "low-disk").write_text("DISK_FREE_KB=1000000\n")
    (mac.home / f"Library/Caches/carbon-fleet/models/{SHA256}").unlink()
    found = bench(lab, model, expect=4)
    assert codes(found) == ["bench MODEL_NOT_SENT"]
    assert "MiB are free at" in found["failures"][0]["what"]


def test_a_url_is_fetched_once_and_resumed(lab: SimulatedLab, mac: SimulatedMac) -> None:
    here = mac.home / f"Library/Caches/carbon-fleet/models/{SHA256}"
    here.unlink(missing_ok=True)
    with serve(Served(MODEL, cut=3 << 20)) as served:
        bench(lab, served.url, "--repeats", "1", expect=0)
        assert served.asked[-1].startswith("bytes=")
        assert served.asked[-1] != "bytes=0-"
        asked = len(served.asked)
        bench(lab, served.url, "--repeats", "1", expect=0)
        assert len(served.asked) == asked
    assert here.read_bytes() == MODEL


def test_a_url_of_another_file_is_refused_and_not_kept(lab: SimulatedLab, mac: SimulatedMac) -> None:
    folder = mac.home / "Library/Caches/carbon-fleet/models"
    (folder / SHA256).unlink(missing_ok=True)
    (folder / f"{SHA256}.part").write_bytes(b"left" * 100)  # more than the server has: it answers 416
    with serve(Served(b"<html>not found</html>")) as served:
        found = bench(lab, served.url, expect=4)
    assert codes(found) == ["bench MODEL_NOT_FETCHED"]
    assert "another file" in found["failures"][0]["what"]
    assert list(folder.iterdir()) == []
    (folder / f"{SHA256}.part").write_bytes(MODEL[:1000])
    with serve(Served(MODEL, ranges=False)) as served:
        bench(lab, served.url, "--repeats", "1", expect=0)


def test_table_says_what_is_measured_and_what_is_only_claimed(
    lab: SimulatedLab, mac: SimulatedMac, model: Path
) -> None:
    words = ["bench", lab_file(lab, **WISH), "--model", str(model), "--sha256", SHA256, "--repeats", "1", "--quiet"]
    ran = subprocess.run([sys.executable, "-m", "carbon_fleet", *words], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert [word for row in rows for word in row[:3] if word in ("cpu", "venus", "metal")] == ["cpu", "venus", "metal"]
    assert "for comparison, 3.3x the CPU, 77 % of Metal: claims" in ran.stdout
    assert "a CPU stands behind Venus" in ran.stdout
