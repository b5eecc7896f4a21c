"""Python environments on a simulated Mac, by the real uv from wheels of our own: made, drifted, proven, gone again."""

from collections.abc import Iterator

import pytest

from carbon_fleet.sim import uv
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.environment_lab import (
    ALPHA,
    ALPHA_NEWER,
    BETA,
    FOLDER,
    UV,
    at,
    installed,
    put_lock,
    stocked,
    wish,
    with_environments,
)
from tests.sim.package_index import PackageIndex, numpy_wheel, serving
from tests.sim.runs import attributes, commands, fleet
from tests.sim.test_destroy import changed, tree

pytestmark = [pytest.mark.sim, pytest.mark.skipif(uv.program() is None, reason="there is no uv here")]
MAC = "mac-01"
OURS = f"numpy-{numpy_wheel()[0].split('-')[1]}"


@pytest.fixture(scope="module")
def index() -> Iterator[PackageIndex]:
    with serving(stocked()) as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("environments")) as running:
        yield running


@pytest.fixture(scope="module")
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


@pytest.fixture(scope="module")
def bare(mac: SimulatedMac) -> dict[str, str]:
    return tree(mac)


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, index: PackageIndex, bare: dict[str, str]) -> str:
    """The lab file, applied."""
    put_lock(lab, index.lock(numpy_wheel(), ALPHA, BETA))
    path = with_environments(lab, ml=wish(index, prove="numpy", imports=["numpy", "alpha"]))
    report = fleet("apply", path, expect=0)
    assert {"homebrew.formula.uv", "environment.ml"} <= {one["address"] for one in report["macs"][0]["changes"]}
    return path


def test_a_second_run_is_empty(file: str, mac: SimulatedMac) -> None:
    report = fleet("apply", file, expect=0)
    assert (commands(report), report["macs"][0]["execs"]) == ([], 1)
    assert installed(mac) == {OURS, "alpha-1.0", "beta-2.0"}


def test_what_somebody_did_by_hand_is_named_and_healed(file: str, mac: SimulatedMac, index: PackageIndex) -> None:
    there = at(mac).name
    for words in ("install gamma alpha==1.1", "uninstall beta"):
        more = f" --default-index {index.url}" if words.startswith("install") else ""
        ran = mac.ssh(UV.format(words) + more)
        assert ran.returncode == 0, ran.stderr
    seen = attributes(fleet("drift", file, expect=2))
    assert seen == {("environment.ml", f"package.{name}") for name in ("alpha", "beta", "gamma")}
    fleet("apply", file, expect=0)
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []
    assert installed(mac) == {OURS, "alpha-1.0", "beta-2.0"}
    assert [path.name for path in (mac.home / FOLDER / ".made").iterdir()] == [at(mac).name] != [there]


def test_it_is_proven_and_verified(file: str, mac: SimulatedMac) -> None:
    (part,) = fleet("prove", file, expect=0)["macs"]
    (proof,) = part["measured"]["environments"]
    assert (proof["accepted"], proof["claim"], proof["software"], proof["devices"]) == (True, None, True, ["cpu"])
    assert (proof["jobs"], proof["versions"]) == ({"ok": 5, "all": 5}, {"numpy": OURS.partition("-")[2]})
    assert [one["code"] for one in part["notices"]] == ["METAL_SOFTWARE"]
    (module,) = at(mac).glob("lib/python*/site-packages/alpha.py")
    module.write_text("raise RuntimeError('broken')\n")
    failures = fleet("verify", file, expect=100)["macs"][0]["failures"]
    assert {one["address"].partition("::")[2] for one in failures} == {
        "test_environment_is_as_its_wheels[ml]",
        "test_environment_imports[ml]",
    }
    module.write_text("VERSION = '1.0'\n")
    assert fleet("verify", file, expect=0)["macs"][0]["tests"]["failed"] == 0


def test_what_cannot_be_had_leaves_what_there_is(file: str, lab: SimulatedLab, index: PackageIndex) -> None:
    before, mac = at(lab.mac(MAC)).name, lab.mac(MAC)
    name, content = ALPHA_NEWER
    put_lock(lab, index.lock(numpy_wheel(), (name, content + b"other"), BETA))
    (failure,) = fleet("apply", file, expect=4)["macs"][0]["failures"]
    assert (failure["code"], "alpha" in failure["what"]) == ("ENVIRONMENT_WRONG_HASH", True)
    assert (at(mac).name, installed(mac)) == (before, {OURS, "alpha-1.0", "beta-2.0"})
    put_lock(lab, index.lock(numpy_wheel(), ALPHA_NEWER))
    assert ("environment.ml", "lock") in attributes(fleet("plan", file, expect=2))
    fleet("apply", file, expect=0)
    assert installed(mac) == {OURS, "alpha-1.1"}


def test_it_is_as_it_was_found(lab: SimulatedLab, file: str, bare: dict[str, str], mac: SimulatedMac) -> None:
    report = fleet("destroy", file, MAC, "--yes", expect=0)
    assert report["macs"][0]["tests"]["failed"] == 0
    assert changed(bare, tree(mac)) == {}
