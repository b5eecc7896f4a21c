from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Finding, Notice, Refusal, World
from carbon_fleet.snapshot import Snapshot, Unreadable, read_snapshot
from carbon_fleet.spec import Mac, Size, VersionBound
from operations.machine import Machine
from operations.preflight import RESOURCE, Preflight, PreflightSeen, asks, differences, read
from tests.unit.operations.run_section import SHELLS, program, run_section

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "preflight"
GIB = 2**30
HEALTHY = PreflightSeen(
    "Darwin", True, "26.1", True, False, 24 * GIB, 10, 302455232 * 1024, 0, 501, "lab", "/Users/lab"
)


def snapshot(name: str) -> Snapshot:
    return read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines())


def world(
    user: str | None = "lab", machine: Machine | None = None, wanted: Preflight | None = None, **said: Any
) -> World:
    sections = {"machine": machine or Machine(), "preflight": wanted or Preflight()}
    return World(Mac("mac-01", user=user, sections=sections, **said), Snapshot("mac-01"))


def findings(seen: PreflightSeen, wanted: Preflight | None = None, **more: Any) -> list[Finding]:
    return list(differences(wanted or Preflight(), seen, world(**more)))


def codes(seen: PreflightSeen, wanted: Preflight | None = None, **more: Any) -> list[str]:
    found = findings(seen, wanted, **more)
    assert all(isinstance(finding, Refusal | Notice) for finding in found)
    return [finding.code for finding in found if isinstance(finding, Refusal | Notice)]


@pytest.mark.parametrize(
    ("transcript", "seen"),
    [
        ("healthy", HEALTHY),
        ("intel", replace(HEALTHY, arm64=False, macos="15.7.1")),
        ("unknown-oid", replace(HEALTHY, arm64=False)),
        ("inside-a-vm", replace(HEALTHY, hypervisor=False, virtual=True)),
        ("no-hypervisor", replace(HEALTHY, hypervisor=False)),
        ("root", replace(HEALTHY, uid=0, user="root", home="/var/root")),
        ("full-disk-on-a-share", replace(HEALTHY, free=12 * GIB)),
        ("with-vm-disk", replace(HEALTHY, allocated=40 * GIB)),
        ("linux", PreflightSeen("Linux")),
    ],
)
def test_a_transcript_is_read(transcript: str, seen: PreflightSeen) -> None:
    assert read(snapshot(transcript).section("preflight")) == seen


@pytest.mark.parametrize(
    ("transcript", "says"),
    [
        ("directory-hangs", "user (its deadline passed): id: lookup timed out"),
        ("no-home", "free (exit status 1): df: /Users/lab: No such file or directory"),
        ("sysctl-hangs", "sysctl (its deadline passed)"),
    ],
)
def test_what_cannot_be_read_is_refused(transcript: str, says: str) -> None:
    (refusal,) = RESOURCE.findings(World(world().mac, snapshot(transcript)))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.what) == ("PREFLIGHT_UNREADABLE", says)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("|hw.memsize: 25769803776", "|hw.memsize: lots"),
        ("|hw.ncpu: 10\n", ""),
        ("|26.1\n", ""),
        ("/dev/disk3s5     482797652 158302104 302455232", "/dev/disk3s5 - - -"),
        ("uid=501\n", ""),
        ("home=/Users/lab\n", ""),
    ],
)
def test_a_missing_or_odd_number_is_unreadable(old: str, new: str) -> None:
    text = (TRANSCRIPTS / "healthy.txt").read_text()
    assert old in text
    section = read_snapshot("mac-01", text.replace(old, new).splitlines()).section("preflight")
    with pytest.raises(Unreadable):
        read(section)


def test_a_healthy_mac_has_nothing_to_say() -> None:
    assert findings(HEALTHY) == []
    assert RESOURCE.findings(World(world().mac, snapshot("healthy"))) == ()
    assert findings(HEALTHY, user=None) == []


def test_what_is_no_mac_gets_one_polite_answer() -> None:
    (refusal,) = findings(PreflightSeen("Linux"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "NOT_A_MAC"
    assert "Linux" in refusal.what
    assert "`make demo`" in refusal.remedy


DRIFT: list[tuple[dict[str, Any], str, str]] = [
    ({"system": "FreeBSD"}, "preflight.system", "NOT_A_MAC"),
    ({"arm64": False}, "preflight.processor", "NOT_APPLE_SILICON"),
    ({"macos": "13.7"}, "preflight.macos", "MACOS_VERSION"),
    ({"hypervisor": False}, "preflight.hypervisor", "NO_HYPERVISOR"),
    ({"virtual": True}, "preflight.hypervisor", "INSIDE_A_VM"),
    ({"virtual": True, "hypervisor": False}, "preflight.hypervisor", "INSIDE_A_VM"),
    ({"uid": 0, "user": "root"}, "preflight.user", "RUNS_AS_ROOT"),
    ({"user": "guest"}, "preflight.user", "OTHER_USER"),
    ({"memory": 8 * GIB}, "preflight.memory", "TOO_LITTLE_MEMORY"),
    ({"cpus": 2}, "preflight.cpus", "TOO_FEW_CPUS"),
    ({"free": 19 * GIB}, "preflight.disk", "DISK_FULL"),
    ({"free": 60 * GIB}, "preflight.disk", "DISK_OVERCOMMITTED"),
]


@pytest.mark.parametrize(("drift", "address", "code"), DRIFT, ids=[row[2] for row in DRIFT])
def test_each_attribute_has_its_own_answer(drift: dict[str, Any], address: str, code: str) -> None:
    (finding,) = findings(replace(HEALTHY, **drift))
    assert isinstance(finding, Notice if code == "DISK_OVERCOMMITTED" else Refusal)
    assert (finding.address, finding.code) == (address, code)
    assert finding.what
    assert finding.why
    assert finding.remedy


def test_a_mac_called_intel_is_one() -> None:
    said: dict[str, Any] = {"platform": "linux/amd64", "runtime": "docker"}
    assert codes(replace(HEALTHY, arm64=False), **said) == []
    assert codes(HEALTHY, **said) == ["NOT_INTEL"]
    (refusal,) = findings(replace(HEALTHY, arm64=False))
    assert isinstance(refusal, Refusal)
    assert "`platform: linux/amd64` and `runtime: docker`" in refusal.remedy


def test_all_reasons_are_given_at_once() -> None:
    seen = replace(HEALTHY, arm64=False, macos="13.7", uid=0, cpus=1, memory=2 * GIB, free=0)
    assert codes(seen) == [
        "NOT_APPLE_SILICON", "MACOS_VERSION", "RUNS_AS_ROOT", "TOO_FEW_CPUS", "TOO_LITTLE_MEMORY", "DISK_FULL",
    ]  # fmt: skip


def test_the_remedy_names_the_most_that_fits() -> None:
    def remedy(memory: int) -> str:
        (refusal,) = findings(replace(HEALTHY, memory=memory), machine=Machine(memory=Size.parse("16GiB")))
        assert isinstance(refusal, Refusal)
        return refusal.remedy

    assert "`machine: {memory: 12GiB}`" in remedy(16 * GIB)
    assert "`machine: {memory: 12287MiB}`" in remedy(16 * GIB - 1)
    assert "this Mac is too small" in remedy(4 * GIB)
    assert codes(replace(HEALTHY, memory=12 * GIB)) == []


def test_a_reserve_is_the_labs_to_choose() -> None:
    assert codes(replace(HEALTHY, memory=8 * GIB), Preflight(host_memory=Size(0))) == []
    assert codes(replace(HEALTHY, free=0), Preflight(free_disk=Size(0)), machine=Machine(disk=Size.parse("10GiB"))) == [
        "DISK_OVERCOMMITTED"
    ]
    assert codes(HEALTHY, Preflight(macos=VersionBound(">=27"))) == ["MACOS_VERSION"]


def test_what_the_disk_takes_already_counts_for_it() -> None:
    assert codes(replace(HEALTHY, free=60 * GIB, allocated=40 * GIB)) == []


def test_roots_remedy_names_a_user() -> None:
    for user, named in ((None, "`user: lab`"), ("root", "`user: lab`"), ("ada", "`user: ada`")):
        (refusal,) = findings(replace(HEALTHY, uid=0, user="root"), user=user)
        assert isinstance(refusal, Refusal)
        assert named in refusal.remedy


def mac_programs(folder: Path) -> Path:
    folder.mkdir()
    program(folder, "uname", "echo Darwin")
    program(folder, "id", "case $1 in -u) echo 501 ;; -un) echo lab ;; esac")
    program(folder, "sw_vers", "echo 26.1")
    program(
        folder,
        "sysctl",
        'for n in "$@"; do case $n in hw.memsize) v=17179869184 ;; hw.ncpu) v=8 ;; kern.hv_vmm_present) v=0 ;;'
        ' *) v=1 ;; esac; echo "$n: $v"; done',
    )
    return folder


@pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])
def test_the_section_runs_on_a_mac(shell: tuple[str, ...], tmp_path: Path) -> None:
    home = tmp_path / "a home"
    disk = home / ".local/share/containers/podman/machine/libkrun/carbon-arm64.raw"
    disk.parent.mkdir(parents=True)
    disk.write_bytes(b"x" * 1_000_000)
    variables = asks(Preflight(), world().mac)
    section = run_section(shell, "preflight", variables, home=home, programs=mac_programs(tmp_path / "bin"))
    seen = read(section)
    assert (seen.arm64, seen.macos, seen.hypervisor, seen.virtual) == (True, "26.1", True, False)
    assert (seen.memory, seen.cpus, seen.uid, seen.user, seen.home) == (16 * GIB, 8, 501, "lab", str(home))
    assert seen.free > 0
    assert seen.allocated >= 950 * 1024


@pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])
def test_the_section_says_what_is_no_mac(shell: tuple[str, ...], tmp_path: Path) -> None:
    section = run_section(shell, "preflight", asks(Preflight(), world().mac), home=tmp_path)
    assert read(section) == PreflightSeen("Linux")
    (refusal,) = RESOURCE.findings(World(world().mac, Snapshot("mac-01", {"preflight": section})))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "NOT_A_MAC"
