"""Models on modelled Macs: one download a site, whatever is cut off, tampered with, killed or wished no more."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.bench_server import Served, serve
from tests.sim.runs import attributes, commands, fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
MODEL = os.urandom(18 << 20)
"""Three pieces."""
SHA256 = hashlib.sha256(MODEL).hexdigest()
SMALL = {name: os.urandom(1000) for name in ("one", "two")}
STORE = "/var/lib/carbon-fleet/models"
CACHE = "Library/Caches/carbon-fleet/models"
IMAGE = "docker.io/library/nginx:1"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=2, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        fleet("apply", lab_file(running, stacks=[]), expect=0)
        yield running


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(MODEL)
    return str(path)


def wish(lab: SimulatedLab, url: str, *, sha256: str = SHA256, small: Path | None = None, **more: Any) -> str:
    """A lab whose one stack has the model, and the small ones of a folder, too."""
    models = {"tiny": {"url": url, "sha256": sha256, **more}}
    for name, content in SMALL.items() if small else ():
        models[name] = {"url": str(small / name), "sha256": hashlib.sha256(content).hexdigest()}  # type: ignore[operator]
    containers = {"web": {"image": IMAGE, "models": list(models)}}
    return lab_file(lab, models=models, stacks=[{"name": "shop", "containers": containers}])


def emptied(lab: SimulatedLab) -> None:
    """No Mac has a model any more, neither in its machine nor in its cache."""
    for mac in lab.macs:
        guest(lab, mac.name, f"rm -rf {STORE}")
        for path in (mac.home / CACHE).glob("*"):
            path.unlink()


def there(lab: SimulatedLab, mac: str = "mac-01") -> bool:
    return guest(lab, mac, f"sha256sum <{STORE}/{SHA256}").stdout.split()[:1] == [SHA256]


def test_one_download_for_all_macs_though_the_server_dies(lab: SimulatedLab, cache: Path) -> None:
    emptied(lab)
    with serve(Served(MODEL, cut=7 << 20)) as served:
        file = wish(lab, served.url, size="18MiB")
        fleet("apply", file, expect=0)
        assert len(served.asked) == 2
        assert served.asked[1].startswith("bytes=")
        assert [there(lab, mac.name) for mac in lab.macs] == [True, True]
        again = fleet("apply", file, expect=0)
        assert commands(again) == []
        assert [mac["execs"] for mac in again["macs"]] == [1, 1]
        assert len(served.asked) == 2
    assert (cache / SHA256).read_bytes() == MODEL
    ran = guest(lab, "mac-01", "cat /etc/containers/systemd/carbon-fleet-shop-web.container")
    assert f"Volume={STORE}/{SHA256}:/models/tiny:ro,z" in ran.stdout


def test_drift_is_named_and_healed(lab: SimulatedLab, model: str, tmp_path: Path) -> None:
    for name, content in SMALL.items():
        (tmp_path / name).write_bytes(content)
    file = wish(lab, model, small=tmp_path)
    fleet("apply", file, "--limit", "mac-01", expect=0)
    cached = lab.mac("mac-01").home / CACHE / SHA256
    before = cached.stat().st_mtime_ns
    one, two = (hashlib.sha256(content).hexdigest() for content in SMALL.values())
    assert guest(lab, "mac-01", f"cd {STORE} && rm {SHA256} && chmod 600 {two}").returncode == 0
    assert guest(lab, "mac-01", f"cd {STORE} && chmod u+w {one} && echo rot >>{one}").returncode == 0
    drifted = fleet("drift", file, "--limit", "mac-01", expect=2)
    assert {("model.tiny", "sha256"), ("model.one", "file"), ("model.two", "mode")} <= attributes(drifted)
    fleet("apply", file, "--limit", "mac-01", expect=0)
    assert there(lab)
    sums = guest(lab, "mac-01", f"sha256sum {STORE}/{one} {STORE}/{two}; stat -c %a {STORE}/{two}").stdout.split()
    assert (sums[0], sums[2], sums[4]) == (one, two, "444")
    assert cached.stat().st_mtime_ns == before, "what the Mac's cache has is not sent again"
    assert fleet("drift", file, "--limit", "mac-01", expect=0)["macs"][0]["changes"] == []


def test_a_killed_run_is_gone_on_with(lab: SimulatedLab, model: str) -> None:
    emptied(lab)
    file = wish(lab, model)
    words = [sys.executable, "-m", "carbon_fleet", "apply", "--yes", file, "--limit", "mac-01"]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = lab.mac("mac-01").home / CACHE / f"{SHA256}.part"
    _until(lambda: part.exists() and part.stat().st_size > 0)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    _until(lambda: _still(part))
    got = part.stat().st_size if part.exists() else len(MODEL)
    ran = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert got == len(MODEL) or f"{got >> 20} MiB are there" in ran.stderr
    assert there(lab)
    assert commands(fleet("apply", file, "--limit", "mac-01", expect=0)) == []


def test_a_copy_into_the_machine_goes_on_where_it_was_cut_off(lab: SimulatedLab, model: str) -> None:
    """Half of it is there as a killed run leaves it (the scripts' own kill: test_model_section)."""
    file = wish(lab, model)
    fleet("apply", file, "--limit", "mac-01", expect=0)
    half = f"cd {STORE} && head -c {9 << 20} {SHA256} >{SHA256}.part && rm {SHA256} {SHA256}.checked"
    assert guest(lab, "mac-01", half).returncode == 0
    report = fleet("apply", file, "--limit", "mac-01", expect=0)
    (command,) = [each for each in commands(report) if " put " in each]
    assert f"{SHA256} {9 << 20} | " in command, "the Mac gives the other half only"
    assert there(lab)
    assert guest(lab, "mac-01", f"ls {STORE}").stdout.split() == [SHA256, f"{SHA256}.checked"]
    assert commands(fleet("apply", file, "--limit", "mac-01", expect=0)) == []


def _until(reached: Any) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


def _still(part: Path) -> bool:
    """Whether what was on its way has come: a command of an ended run ends within two seconds."""
    before = part.stat().st_size if part.exists() else 0
    time.sleep(3)
    return before == (part.stat().st_size if part.exists() else 0)


def test_what_a_look_cannot_see_verify_reads(lab: SimulatedLab, model: str) -> None:
    """Other bytes in the same file, of the same size and time."""
    file = wish(lab, model)
    fleet("apply", file, "--limit", "mac-01", expect=0)
    path = f"{STORE}/{SHA256}"
    forged = f"touch -r {path} /tmp/time; printf rot | dd of={path} conv=notrunc; touch -r /tmp/time {path}"
    assert guest(lab, "mac-01", forged).returncode == 0
    assert not there(lab)
    assert fleet("drift", file, "--limit", "mac-01", expect=0)["macs"][0]["changes"] == []
    (mac,) = fleet("verify", file, "--limit", "mac-01", expect=100)["macs"]
    (said,) = [one["what"] for one in mac["failures"] if "test_model_is_what_its_sum_says[tiny]" in one["address"]]
    assert "is another file" in said
    assert guest(lab, "mac-01", f"rm {path}").returncode == 0
    fleet("apply", file, "--limit", "mac-01", expect=0)
    assert there(lab)


def test_another_file_is_refused_and_what_runs_is_left_alone(lab: SimulatedLab) -> None:
    unit = "cat /etc/containers/systemd/carbon-fleet-shop-web.container"
    before = guest(lab, "mac-01", unit).stdout
    assert SHA256 in before
    with serve(Served(MODEL)) as served:
        failed = fleet("apply", wish(lab, served.url, sha256="b" * 64), expect=4)
        assert len(served.asked) == 1
    for mac in failed["macs"]:
        (failure,) = mac["failures"]
        assert (failure["address"], failure["code"]) == ("model.tiny", "MODEL_NOT_FETCHED")
        assert f"its sha256 is {SHA256} instead of {'b' * 64}" in failure["what"]
    assert guest(lab, "mac-01", unit).stdout == before
    assert there(lab)


def test_pyinfra_lets_a_mac_fetch_by_itself(lab: SimulatedLab, cache: Path) -> None:
    emptied(lab)
    pyinfra = str(Path(sys.executable).with_name("pyinfra"))
    words = [pyinfra, "-y", "inventories/lab.py", "deploy.py", "--limit", "mac-01"]
    with serve(Served(MODEL)) as served:
        env = {**os.environ, "CARBON_LAB": wish(lab, served.url, fetch="mac")}
        ran = subprocess.run(words, capture_output=True, text=True, env=env, timeout=300)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert len(served.asked) == 1
    assert not cache.exists()
    assert there(lab)


def test_what_no_stack_names_any_more_goes_in_the_same_run(lab: SimulatedLab, model: str) -> None:
    file = lab_file(lab, stacks=[])
    report = fleet("apply", file, "--limit", "mac-01", expect=0)
    addresses = [(change["address"], change["action"]) for change in report["macs"][0]["changes"]]
    assert (f"model.{SHA256[:12]}", "delete") in addresses
    assert commands(fleet("apply", file, "--limit", "mac-01", expect=0)) == []
    assert (lab.mac("mac-01").home / CACHE / SHA256).exists(), "a Mac's cache is kept"
