"""`doctor` on a modelled Mac: faults in groups → exactly their codes → `--fix` heals what it may → well again.

`pytest -m walk` takes every fault by itself; by default they come in groups that have nothing to do with one another,
each group in one look.
"""

import json
import os
import pty
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.doctor.diagnose import CHECKS
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.sim.faults import FAULTS
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import fleet, lab_file

pytestmark = [pytest.mark.sim]
HEALS = {check.code for check in CHECKS if check.heals}
CONSENT = "machine-applehv"
"""Only a replacement heals it, and `--fix` makes none: it comes last."""
HEALED = (
    "krunkit-1.1.1+untrusted-tap+no-drop-in",
    "vm-killed",
    "other-default+clock-skew+disk-untrimmed+krunkit-memory",
)
TOLD = (
    "low-disk+low-memory+few-cpus+chip-a18+memory-pressure+keychain-locked+no-gui+sudo-asks+podman-pkg+ramalama-old"
    "+docker-sock+sockets-elsewhere+stale-pid+krunkit-unsigned+krunkit-no-firmware+other-drop-in+overmount+vm-reboots"
    "+mesa-unrounded+gvproxy-0.8.8+guest-unit-failed",
    "intel+macos-13+tmpdir-elsewhere+mesa-llvmpipe",
    "in-vm+no-dri+session-of-login",
    "gpu-empty+session-of-launchd",
    "venus-wrong",
    "venus-mismatch",
    "no-venus",
    "foreign-json",
    "containers-conf-broken",
    "guest-emergency",
    "brew-absent",
)


def hours(begin: int, end: int) -> str:
    """A window by the hours from now."""
    now = datetime.now()
    return f"{now + timedelta(hours=begin):%H:%M}-{now + timedelta(hours=end):%H:%M}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("doctor")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    path = lab_file(lab, power={"sleep": "never"}, health={"use_hours": hours(3, 4)})
    fleet("apply", path, expect=0)
    return path


def walked(lab: SimulatedLab, file: str, groups: Sequence[str]) -> list[dict[str, Any]]:
    """What `doctor` said of each group, and of the Mac at the end."""
    command = [sys.executable, "-m", "tests.sim.doctor_walk", str(lab.state.directory), file, *groups]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=3500)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


def confusion(told: Sequence[dict[str, Any]]) -> list[str]:
    """The confusion matrix, printed; its wrong lines."""
    lines = []
    for one in told:
        meant, found = {CODES[fault] for fault in one["faults"]}, set(one["codes"])
        for fault in one["faults"]:
            code = CODES[fault]
            lines.append(f"{fault:24} {code if code in found else 'NOTHING  WRONG'}")
        lines += [f"{'+'.join(one['faults']) or 'well':24} {code}  WRONG" for code in sorted(found - meant)]
    wrong = [line for line in lines if line.endswith("WRONG")]
    print("\n".join((f"fault → code: {len(lines) - len(wrong)} right, {len(wrong)} wrong", *lines)))
    return wrong


def judge(told: Sequence[dict[str, Any]]) -> None:
    assert confusion(told) == []
    for one in told:
        if one["faults"]:
            assert one["words"], one
            assert one["execs"] == 1 or one["fix"], one
            assert (one["left"] == []) is one["fix"], one
            assert (one["commands"] > 0) is one["fix"], one


def test_a_mac_as_wished_is_well_by_one_look(file: str) -> None:
    (mac,) = fleet("doctor", file, "mac-01", expect=0)["macs"]
    assert (mac["diagnoses"], mac["outcome"], mac["execs"], mac["probes"]) == ([], "healthy", 1, 1)
    assert mac["context"]["launched by"] == "ssh"


def test_faults_are_named_and_healed(lab: SimulatedLab, file: str) -> None:
    judge(walked(lab, file, [*HEALED, *TOLD]))


@pytest.mark.walk
@pytest.mark.timeout(3600)
def test_each_fault_by_itself(lab: SimulatedLab, file: str) -> None:
    told = walked(lab, file, ["--verify", *(fault for fault in CODES if fault != CONSENT)])
    judge(told)
    assert [(one["faults"], one["verify"]) for one in told if one.get("verify")] == [], "verify passes after each --fix"
    assert sum("verify" in one for one in told) > 20


def test_every_code_of_the_table_is_a_faults_and_each_fault_is_one() -> None:
    assert set(CODES) <= set(FAULTS)
    assert len(set(CODES.values())) == len(CODES)
    for group in HEALED:
        assert {CODES[fault] for fault in group.split("+")} <= HEALS


def test_off_a_terminal_a_fix_needs_yes(file: str) -> None:
    command = [sys.executable, "-m", "carbon_fleet", "doctor", file, "--fix"]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "--yes" in ran.stderr


def asked(file: str, answer: str) -> tuple[int, str]:
    """`doctor --fix` with a person before it, who answers: how it ended, and all they saw."""
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "carbon_fleet", "doctor", file, "--fix", "--quiet"]
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True, env=env) as process:
        os.close(end)
        seen = ""
        while True:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # nobody holds the other end any more
                break
            if seen.endswith("[y/N] "):
                os.write(terminal, f"{answer}\n".encode())
    os.close(terminal)
    return process.returncode, seen


def state(mac: SimulatedMac) -> dict[str, bytes]:
    """Every file of the Mac that is its own, but for what merely being looked at moves."""
    files = (path for path in mac.root.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path): path.read_bytes() for path in files if path.stat().st_size < 1 << 20}


def test_a_fix_asks_and_whoever_says_no_changes_nothing(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac("mac-01")
    mac.break_("machine-stopped")
    before = state(mac)
    status, seen = asked(file, "n")
    assert (status, seen.count("Make these changes?")) == (3, 1), seen
    assert "it is the lab file's wish that the machine runs" in seen
    assert "nothing was changed" in seen
    assert state(mac) == before
    status, seen = asked(file, "y")
    assert (status, seen.count("Make these changes?")) == (0, 1), seen
    assert "healed MACHINE_STOPPED" in seen


def test_in_use_hours_the_machine_is_not_restarted_and_it_is_said_when(lab: SimulatedLab, file: str) -> None:
    document = yaml.safe_load(Path(file).read_text())
    document["defaults"]["health"]["use_hours"] = now = hours(-1, 2)
    path = Path(file).with_name("lab-in-use.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    mac = lab.mac("mac-01")
    mac.break_("krunkit-memory")
    try:
        (told,) = fleet("doctor", str(path), "--fix", "--yes", expect=0)["macs"]
        (diagnosis,) = told["diagnoses"]
        assert (diagnosis["code"], diagnosis["fix"], told["results"]) == ("KRUNKIT_MEMORY", False, [])
        assert f"{now.rpartition('-')[2]} by its clock on" in diagnosis["remedy"]
        status, seen = asked(file, "y")
        assert status == 0
        assert "everything that runs in the machine carbon is stopped for a while" in " ".join(seen.split())
        assert "healed KRUNKIT_MEMORY" in seen
    finally:
        mac.mend()


def test_a_bundle_tells_no_names_and_no_secrets(lab: SimulatedLab, file: str, tmp_path: Path) -> None:
    mac, canary = lab.mac("mac-01"), "canary-9f31c2d4e5"
    (mac.home / ".config/containers/containers.conf").write_text(f"# password={canary}\n")
    document = yaml.safe_load(Path(file).read_text())
    document["defaults"]["guest"] = {"files": {"/etc/motd.d/lab.conf": {"content": f"{canary}\n"}}}
    path, target = Path(file).with_name("lab-of-the-bundle.yml"), tmp_path / "support.tar.gz"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    fleet("doctor", str(path), "--bundle", str(target), expect=0)
    assert target.stat().st_mode & 0o777 == 0o600
    with tarfile.open(target) as archive:
        files = [(member.name, archive.extractfile(member)) for member in archive.getmembers()]
        parts = {name.rpartition("/")[2]: content.read().decode() for name, content in files if content}
    assert {"doctor.json", "versions.json", "wish-1.json", "probe-1.json", "last-report.json"} <= set(parts)
    assert "6.1.1" in parts["versions.json"]
    for word in (canary, "mac-01", "/Users/lab/", str(lab.state.directory), mac.address.host):
        assert [name for name, text in parts.items() if word in text] == [], word


def test_a_machine_without_gpu_is_never_replaced_by_the_doctor(lab: SimulatedLab, file: str) -> None:
    lab.mac("mac-01").break_(CONSENT)
    (mac,) = fleet("doctor", file, "--fix", "--yes", expect=2)["macs"]
    assert [each["code"] for each in mac["diagnoses"]] == [CODES[CONSENT]]
    assert mac["results"] == []
    assert "--allow-replace" in mac["diagnoses"][0]["remedy"]
