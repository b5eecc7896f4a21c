"""`doctor` over all its rows: break → exactly that code → `--fix` heals where it may → well again."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.doctor.diagnose import CHECKS
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.sim.faults import FAULTS
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet, lab_file

pytestmark = [pytest.mark.sim]
HEALED = {check.code for check in CHECKS if check.heals}
CONSENT = "machine-applehv"
"""Only a replacement heals it: `--fix` never makes one."""
TWINS = {"orphan-gvproxy"}
"""Faults that do what another one does."""
matrix: Counter[tuple[str, str]] = Counter()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("doctor")) as running:
        yield running
    wrong = {pair: count for pair, count in matrix.items() if CODES[pair[0]] != pair[1]}
    print(f"\nfault → code: {len(matrix) - len(wrong)} right, {len(wrong)} wrong")
    for (fault, code), count in sorted(matrix.items()):
        print(f"  {fault:24} {code:32} {count}{'' if CODES[fault] == code else '  WRONG'}")
    assert not wrong


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    path = lab_file(lab, power={"sleep": "never"})
    fleet("apply", path, expect=0)
    return path


def found(file: str, *more: str) -> tuple[list[str], dict[str, Any]]:
    report = fleet("doctor", file, "mac-01", *more)
    (mac,) = report["macs"]
    return [each["code"] for each in mac["diagnoses"]], mac


def test_a_mac_as_wished_is_well_by_one_look(file: str) -> None:
    codes, mac = found(file)
    assert (codes, mac["outcome"], mac["execs"], mac["probes"]) == ([], "healthy", 1, 1)
    assert mac["context"]["launched by"] == "ssh"


@pytest.mark.parametrize("fault", [name for name in CODES if name != CONSENT])
def test_a_fault_is_named_and_healed(lab: SimulatedLab, file: str, fault: str) -> None:
    mac, code = lab.mac("mac-01"), CODES[fault]
    mac.break_(fault)
    try:
        codes, told = found(file)
        matrix.update((fault, each) for each in codes or ["nothing"])
        assert codes == [code]
        (diagnosis,) = told["diagnoses"]
        assert told["execs"] == 1
        assert told["outcome"] == ("healthy" if diagnosis["note"] else "ailing")
        assert diagnosis["evidence"] and diagnosis["cause"] and diagnosis["remedy"]
        assert diagnosis["fix"] is (code in HEALED)
        if code in HEALED:
            codes, told = found(file, "--fix", "--yes")
            assert (codes, told["healed"]) == ([], [code])
            assert told["results"], "something was run for it"
    finally:
        mac.mend()
    assert found(file)[0] == []


def test_every_fault_of_the_table_is_one_and_every_code_a_known_one() -> None:
    assert set(CODES) <= set(FAULTS)
    assert not TWINS & set(CODES)


def test_a_machine_without_gpu_is_never_replaced_by_the_doctor(lab: SimulatedLab, file: str) -> None:
    lab.mac("mac-01").break_(CONSENT)
    codes, told = found(file, "--fix", "--yes")
    matrix.update((CONSENT, each) for each in codes or ["nothing"])
    assert codes == [CODES[CONSENT]]
    assert told["results"] == []
    assert "--allow-replace" in told["diagnoses"][0]["remedy"]


def test_off_a_terminal_a_fix_needs_yes(file: str) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "carbon_fleet", "doctor", file, "--fix"]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "--yes" in ran.stderr


def test_a_bundle_tells_no_names_and_no_secrets(lab: SimulatedLab, file: str, tmp_path: Path) -> None:
    import tarfile

    mac = lab.mac("mac-01")
    canary = "canary-9f31c2d4e5"
    (mac.home / ".config/containers/containers.conf").write_text(f"# password={canary}\n")
    (mac.home / ".config/containers/podman-connections.json").chmod(0o644)
    target = tmp_path / "support.tar.gz"
    path = lab_file(
        lab,
        guest={"files": {"/etc/motd.d/lab.conf": {"content": f"{canary}\n"}}},
        secrets={"token": {"source": "env", "name": "CF_TEST_CANARY"}},
    )
    found(path, "--bundle", str(target))
    assert target.stat().st_mode & 0o777 == 0o600
    with tarfile.open(target) as archive:
        parts = {member.name: archive.extractfile(member).read().decode() for member in archive.getmembers()}  # type: ignore[union-attr]
    names = {name.rpartition("/")[2] for name in parts}
    assert {"doctor.json", "versions.json", "wish-1.json", "probe-1.json", "last-report.json"} <= names
    everything = "\n".join(parts.values())
    for word in (canary, "mac-01", "/Users/lab", str(lab.state.directory), lab.mac("mac-01").address.host):
        assert word not in everything, word
