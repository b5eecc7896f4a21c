"""A lab that was verified is locked; then Homebrew moves a Mac, and another one gets an old krunkit by hand."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab
from tests.mirror_upstream import Upstream, git, upstream
from tests.sim.runs import commands, fleet

pytestmark = pytest.mark.sim
MOVED, OLD = "mac-01", "mac-02"
BREW = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"


def lock(file: str, *arguments: str, expect: int) -> dict[str, Any]:
    """`lock` with `--json`: it connects to no Mac, and has a document of its own."""
    command = [sys.executable, "-m", "carbon_fleet", "lock", file, *arguments, "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
    assert ran.returncode == expect, ran
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def of(report: dict[str, Any], mac: str) -> dict[str, Any]:
    return next(each for each in report["macs"] if each["mac"] == mac)


def out(mac: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What of a Mac is out of the lock: its cause and what shows that."""
    return {
        left["address"]: (left["cause"], left["evidence"])
        for left in mac["left"]
        if left["address"].startswith("lock.")
    }


CORE = "homebrew/core"


def bottled(version: str) -> str:
    """The sha256 a simulated Mac's Homebrew notes of a bottle."""
    return hashlib.sha256(f"bottle {CORE} podman {version}".encode()).hexdigest()


def offer(internet: Upstream, version: str) -> str:
    """homebrew/core with podman in this version alone; its commit."""
    text = (
        f'class Podman < Formula\n  url "https://github.com/containers/podman/archive/refs/tags/v{version}.tar.gz"\n'
        f'  sha256 "{"e" * 64}"\n\n  bottle do\n    sha256 arm64_tahoe: "{bottled(version)}"\n  end\nend\n'
    )
    internet.repository("Homebrew/homebrew-core", {"Formula/p/podman.rb": text})
    return git(internet.work / "git/Homebrew/homebrew-core", "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with upstream(tmp_path_factory.mktemp("internet")) as made:
        yield made


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=2, vm="modelled", state=tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, internet: Upstream) -> str:
    """Two Macs, applied, verified, locked, applied again for the pins; then moved."""
    commit = offer(internet, "6.1.1")
    for name in (MOVED, OLD):
        (lab.mac(name).shared / "commits.json").write_text(json.dumps({CORE: commit}))
    path = Path(lab.file).with_name("locked.yml")
    path.write_text(yaml.safe_dump(yaml.safe_load(lab.file.read_text()) | {"lab": "locked"}, sort_keys=False))
    file = str(path)
    fleet("apply", file, expect=0)
    lock(file, expect=4)
    fleet("verify", file, expect=0)
    told = lock(file, expect=0)
    assert {mac["state"] for mac in told["macs"]} == {"locked"}
    image = hashlib.sha256(b"machine-os 6.1").hexdigest()
    assert {mac["things"]["machine-image"] for mac in told["macs"]} == {image}
    assert fleet("compat", file, expect=0)["macs"][0]["measured"]["compat"]["answer"] == "known good"
    pinned = fleet("apply", file, expect=0)
    assert {command.rpartition("brew ")[2] for command in commands(pinned)} == {"pin krunkit", "pin podman"}
    (lab.mac(MOVED).shared / "versions.json").write_text('{"podman": "6.2.0", "molten-vk": "1.4.3"}')
    ran = lab.mac(MOVED).ssh(f"{BREW} upgrade")
    assert ran.returncode == 0, ran
    assert "podman" not in ran.stdout, "a pin holds"
    ran = lab.mac(MOVED).ssh(f"{BREW} unpin podman && {BREW} upgrade podman && {BREW} pin podman")
    assert ran.returncode == 0, ran
    swap = f"{BREW} unpin krunkit && {BREW} uninstall krunkit && {BREW} tap slp/krunkit"
    swap += f" && {BREW} trust slp/krunkit && {BREW} install slp/krunkit/krunkit"
    ran = lab.mac(OLD).ssh(swap)
    assert ran.returncode == 0, ran
    shutil.copy(path.with_name("locked.lock.yml"), path.with_name("first.lock.yml"))
    return file


def test_drift_and_plan_name_what_moved_with_the_receipt(file: str) -> None:
    for verb in ("drift", "plan"):
        report = fleet(verb, file, expect=2)
        moved = of(report, MOVED)
        assert (moved["outcome"], moved["changes"], moved["execs"]) == ("drifted", [], 1)
        found = out(moved)
        assert {address: cause for address, (cause, _) in found.items()} == {
            "lock.podman": "environment",
            "lock.molten-vk": "environment",
        }
        evidence = found["lock.podman"][1]
        assert "homebrew.formula.podman: 6.1.1, poured 20" in evidence
        assert "→ 6.2.0, poured 20" in evidence
        assert "slp/krunkit/krunkit: 1.1.1, poured" in out(of(report, OLD))["lock.krunkit"][1]


def test_what_is_skipped_does_not_count(file: str) -> None:
    assert of(fleet("drift", file, f"--limit={MOVED}", "--skip", "lock", expect=0), MOVED)["outcome"] == "converged"


def test_apply_leaves_it_and_says_so(file: str) -> None:
    report = fleet("apply", file, f"--limit={MOVED}", expect=2)
    assert commands(report) == []
    assert "lock.podman" in out(of(report, MOVED))


def test_compat_names_the_rule_where_krunkit_is_old_and_what_nobody_saw(file: str) -> None:
    report = fleet("compat", file, expect=2)
    old, moved = of(report, OLD)["measured"]["compat"], of(report, MOVED)["measured"]["compat"]
    assert old["answer"] == "known bad"
    assert "krunkit-without-timesync" in {rule["id"] for rule in old["rules"]}
    assert {step["name"]: step["after"] for step in old["ways"][0]} == {
        "krunkit": "1.3.2",
        "libkrun-efi": "none",
        "tap": "libkrun/krun",
    }
    assert moved["answer"] == "unknown"
    assert {one["name"] for one in moved["differs"]} == {"podman", "molten-vk"}


def test_the_lock_moves_once_verify_passed_and_only_by_consent(file: str) -> None:
    fleet("verify", file, f"--limit={MOVED}", expect=0)
    kept = Path(file).with_name("locked.lock.yml").read_text()
    shown = lock(file, "--upgrade", expect=2)
    assert {move["name"] for move in of(shown, MOVED)["moves"]} == {"podman", "molten-vk"}
    assert Path(file).with_name("locked.lock.yml").read_text() == kept
    lock(file, "--upgrade", "--yes", expect=0)
    assert of(fleet("drift", file, f"--limit={MOVED}", expect=0), MOVED)["outcome"] == "converged"
    assert fleet("compat", file, MOVED, expect=0)["macs"][0]["measured"]["compat"]["answer"] == "known good"


def test_a_lock_with_a_mistake_is_named_at_its_line(file: str) -> None:
    path = Path(file).with_name("locked.lock.yml")
    text = path.read_text()
    try:
        path.write_text(text.replace("format_version: 1", "format_version: one"))
        ran = subprocess.run(
            [sys.executable, "-m", "carbon_fleet", "plan", file], capture_output=True, text=True, timeout=60
        )
    finally:
        path.write_text(text)
    assert (ran.returncode, "locked.lock.yml:3:17 format_version" in ran.stderr) == (78, True), ran


def test_a_version_no_longer_offered_comes_back_from_a_tap_of_the_labs_own(
    file: str, lab: SimulatedLab, internet: Upstream, tmp_path: Path
) -> None:
    """The lock of before is in force again, Homebrew offers 6.2.0 only: one command holds 6.1.1, and a Mac has it."""
    offer(internet, "6.2.0")
    path = Path(file)
    shutil.copy(path.with_name("first.lock.yml"), path.with_name("locked.lock.yml"))
    words = ("--tap", CORE, "--into", str(tmp_path / "kept.git"), "--at", f"github.com={internet.url}/github.com")
    made = lock(file, "podman", *words, f"--limit={MOVED}", expect=0)
    assert (made["formulae"][0]["version"], made["formulae"][0]["bottles"]) == (
        "6.1.1",
        {"arm64_tahoe": bottled("6.1.1")},
    )
    assert lock(file, "podman", *words, f"--limit={MOVED}", expect=0)["written"] is False
    shutil.copytree(tmp_path / "kept.git", lab.mac(MOVED).root / "Users/Shared/kept.git")
    document = yaml.safe_load(path.read_text())
    document["defaults"]["homebrew"] = {
        "taps": ["libkrun/krun", "lab/kept"],
        "tap_urls": {"lab/kept": "/Users/Shared/kept.git"},
        "formulae": {"podman": None, "lab/kept/podman": {"version": ">=5.6"}},
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    ran = commands(fleet("apply", file, f"--limit={MOVED}", expect=2))
    assert [command.rpartition("brew ")[2] for command in ran] == [
        "tap lab/kept /Users/Shared/kept.git",
        "trust lab/kept",
        "uninstall --formula --force --ignore-dependencies podman",
        "install --formula lab/kept/podman",
        "pin podman",
    ]
    again = fleet("apply", file, f"--limit={MOVED}", expect=2)
    assert (commands(again), set(out(of(again, MOVED)))) == ([], {"lock.molten-vk"})
    assert lab.mac(MOVED).ssh("/opt/homebrew/bin/podman --version").stdout == "podman version 6.1.1\n"
    fleet("verify", file, f"--limit={MOVED}", expect=0)
