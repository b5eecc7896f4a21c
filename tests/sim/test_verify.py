"""`verify` against a simulated lab: right is verified, each thing changed behind its back fails at its own test."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from carbon_fleet.report.document import Outcome
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.verify_lab import (
    BREW,
    FILE,
    OWN,
    UNIT,
    away,
    changed,
    failed,
    in_guest,
    left_behind,
    look,
    on_mac,
    with_wishes,
)

pytestmark = pytest.mark.sim
CLI = [sys.executable, "-m", "carbon_fleet"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """One Mac, converged to `with_wishes`."""
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("labs"), name="verify") as lab:
        applied = subprocess.run(
            [*CLI, "apply", "-qy", str(with_wishes(lab))], capture_output=True, text=True, timeout=300, check=False
        )
        assert applied.returncode == 0, applied.stdout + applied.stderr
        yield lab


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> Path:
    """Its lab file."""
    return lab.file.with_name("wishes.yml")


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    """The Mac."""
    return lab.mac("mac-01")


def test_a_mac_that_is_right_is_verified(file: Path, tmp_path: Path) -> None:
    words = [*CLI, "verify", str(file), "--junitxml", str(tmp_path / "j.xml")]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "GPU_SOFTWARE" in ran.stdout
    assert "modelled by carbon-fleet" in ran.stdout
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()[0]
    assert [suite.get(name) for name in ("name", "failures", "errors", "skipped")] == ["mac-01", "0", "0", "2"]
    assert int(suite.get("tests") or 0) > 35
    assert left_behind() == []


@contextmanager
def _with(mac: SimulatedMac, do: str, undo: str, where: Callable[[SimulatedMac, str], str]) -> Iterator[None]:
    where(mac, do)
    yield
    where(mac, undo)


def _mac(do: str, undo: str) -> Callable[[SimulatedMac], AbstractContextManager[None]]:
    return lambda mac: _with(mac, do, undo, on_mac)


def _guest(do: str, undo: str) -> Callable[[SimulatedMac], AbstractContextManager[None]]:
    return lambda mac: _with(mac, do, undo, in_guest)


def _edit(path: str, old: str, new: str) -> Callable[[SimulatedMac], AbstractContextManager[None]]:
    return lambda mac: changed(mac.root / path.lstrip("/"), old, new)


@contextmanager
def _fault(mac: SimulatedMac, name: str) -> Iterator[None]:
    mac.break_(name)
    yield
    mac.mend()


def _broken(name: str) -> Callable[[SimulatedMac], AbstractContextManager[None]]:
    return lambda mac: _fault(mac, name)


# What a guest starts at boot is not what is tested here: the container is started anew.
START = f"podman machine start carbon && podman machine ssh carbon 'systemctl restart {UNIT}'"


def _set(flags: str, undo: str) -> Callable[[SimulatedMac], AbstractContextManager[None]]:
    again = "podman machine stop carbon && podman machine set {} carbon && " + START
    return _mac(again.format(flags), again.format(undo))


TAPS, HOME = f"{BREW}/Library/Taps/libkrun/homebrew-krun", "/Users/lab"
AUTOSTART = "io.carbon-fleet.autostart"
AGENT = f"{HOME}/Library/LaunchAgents/{AUTOSTART}.plist"
PULL = "io.carbon-fleet.pull"
PULL_AGENT = f"{HOME}/Library/LaunchAgents/{PULL}.plist"
DROP_IN = f"{HOME}/.config/containers/containers.conf.d/50-carbon-fleet.conf"
KRUNKIT = "libkrun/krun/krunkit"
CHECK = "vulkan-check"
TAG = "$(podman images --format '{{.Repository}}:{{.Tag}}' | grep %s:)"
OF_THE_CONTAINER = {f"test_{name}[{CHECK}]" for name in ("unit_is_active", "container_runs", "container_is_healthy")}
OF_THE_CHECK = {f"test_{name}[{CHECK}]" for name in ("venus_enumerates", "numbers_are_right", "the_gpu_computed")}
PROOF = f"test_the_whole_proof_stands[{CHECK}]"
CHANGES: dict[str, tuple[Callable[[SimulatedMac], AbstractContextManager[None]], set[str]]] = {
    "tap untrusted": (
        _mac("brew untrust libkrun/krun", "brew trust libkrun/krun"),
        {"test_tap_is_trusted[libkrun/krun]"},
    ),
    "tap gone": (lambda mac: away(mac.root / TAPS.lstrip("/")), {"test_tap_is_there[libkrun/krun]"}),
    "formula unpinned": (_mac("brew unpin podman", "brew pin podman"), {"test_formula_is_pinned[podman]"}),
    "formula gone": (
        lambda mac: away(mac.root / "opt/homebrew/opt/podman"),
        {"test_formula_is_installed[podman]", "test_formula_is_from_its_tap[podman]"},
    ),
    "krunkit of another tap": (
        _edit(f"{BREW}/Cellar/krunkit/1.3.2/INSTALL_RECEIPT.json", '"libkrun/krun"', '"slp/krun"'),
        {f"test_formula_is_from_its_tap[{KRUNKIT}]"},
    ),
    "renderer without Venus": (
        lambda mac: away(mac.root / "opt/homebrew/opt/virglrenderer-krun"),
        {"test_krunkit_has_the_renderer_with_venus"},
    ),
    "drop-in edited": (
        _edit(DROP_IN, '"libkrun"', '"applehv"'),
        {"test_drop_in_chooses_the_provider", "test_podman_uses_the_provider"},
    ),
    "may sleep": (
        _mac("sudo -n /usr/bin/pmset -a sleep 10", "sudo -n /usr/bin/pmset -a sleep 0"),
        {"test_power_setting[sleep]"},
    ),
    "agent out of launchd": (
        _mac(f"launchctl bootout gui/501/{AUTOSTART}", f"launchctl bootstrap gui/501 {AGENT}"),
        {"test_agent_is_loaded[autostart]"},
    ),
    "agent disabled": (
        _mac(f"launchctl disable gui/501/{AUTOSTART}", f"launchctl enable gui/501/{AUTOSTART}"),
        {"test_agent_is_not_disabled[autostart]"},
    ),
    "agent ends the machine": (
        _edit(AGENT, "<key>AbandonProcessGroup</key>", "<key>KeepAlive</key>"),
        {"test_agent_says_when[autostart]"},
    ),
    "agent without podman on PATH": (
        _edit(AGENT, "<string>/opt/homebrew/bin:", "<string>"),
        {"test_agent_has_what_podman_goes_by[autostart]"},
    ),
    "agent that pulls out of launchd": (
        _mac(f"launchctl bootout gui/501/{PULL}", f"launchctl bootstrap gui/501 {PULL_AGENT}"),
        {"test_agent_is_loaded[pull]"},
    ),
    "agent pulls from elsewhere": (
        _edit(PULL_AGENT, "https://git.example/", "https://git.elsewhere/"),
        {"test_agent_says_when[pull]"},
    ),
    "machine stopped": (
        _mac("podman machine stop carbon", START),
        {"test_machine_runs", "test_guest_answers"},
    ),
    "memory and CPUs changed": (
        _set("--memory 3072 --cpus 3", "--memory 2048 --cpus 2"),
        {"test_machine_memory", "test_machine_cpus"},
    ),
    "connection gone": (
        _edit(f"{HOME}/.config/containers/podman-connections.json", '"carbon-root":', '"other":'),
        {"test_machine_connections"},
    ),
    "file's mode": (_guest(f"chmod 600 {FILE}", f"chmod 640 {FILE}"), {f"test_guest_file_mode[{FILE}]"}),
    "file's content": (
        _guest(f"cp -p {FILE} /tmp/kept; echo >>{FILE}", f"cp -p /tmp/kept {FILE}"),
        {f"test_guest_file_content[{FILE}]"},
    ),
    "unit stopped": (
        _guest(f"systemctl stop {OWN}", f"systemctl start {OWN}"),
        {f"test_guest_unit_active[{OWN}]"},
    ),
    "unit disabled": (
        _guest(f"systemctl disable {OWN}", f"systemctl enable {OWN}"),
        {f"test_guest_unit_enabled[{OWN}]"},
    ),
    "clock": (_broken("clock-skew"), {"test_guest_clock"}),
    "image of other inputs": (
        _guest(
            f"podman tag {TAG % CHECK} localhost/kept; podman tag {TAG % 'venus'} {TAG % CHECK}",
            f"podman tag localhost/kept $(podman inspect {CHECK} --format '{{{{.ImageName}}}}')",
        ),
        {f"test_image_is_current[{CHECK}]", f"test_container_has_the_wished_image[{CHECK}]"},
    ),
    "container killed": (
        _guest(f"podman kill {CHECK}", f"systemctl restart {UNIT}"),
        OF_THE_CONTAINER | {f"test_container_has_the_wished_image[{CHECK}]"},  # --rm: it is gone
    ),
    "container unhealthy, no Venus": (
        _broken("no-venus"),
        OF_THE_CHECK | {f"test_container_is_healthy[{CHECK}]", PROOF},
    ),
    "wrong numbers only the proof finds": (_broken("gpu-wrong"), {PROOF}),
    "a proof that is cut off": (_broken("gpu-garbage"), {PROOF}),
}


TOGETHER = (
    ("tap untrusted", "formula unpinned", "krunkit of another tap", "may sleep", "agent disabled", "file's mode",
     "agent ends the machine", "agent pulls from elsewhere", "connection gone", "unit stopped"),
    ("tap gone", "renderer without Venus", "agent without podman on PATH", "agent that pulls out of launchd",
     "file's content", "unit disabled", "clock"),
    ("agent out of launchd", "image of other inputs"),
)  # fmt: skip
"""Changes whose tests are not each other's: one look finds all of them, and nothing else."""
APART = [(name,) for name in CHANGES if name not in {name for names in TOGETHER for name in names}]


@pytest.mark.parametrize("names", [*TOGETHER, *APART], ids=lambda names: names[0])
def test_a_change_fails_at_its_own_test(file: Path, mac: SimulatedMac, names: tuple[str, ...]) -> None:
    with ExitStack() as changed_all:
        for name in names:
            changed_all.enter_context(CHANGES[name][0](mac))
        report = look(file)[0]
    assert failed(report) == {test for name in names for test in CHANGES[name][1]}
    assert report.outcome is Outcome.VERIFY_FAILED
    assert all(failure.what and "\n" not in failure.what and failure.remedy for failure in report.failures)


def test_after_all_that_it_is_verified_again(file: Path) -> None:
    report = look(file)[0]
    assert (failed(report), report.outcome) == (set(), Outcome.VERIFIED)


def test_software_is_no_gpu_where_the_lab_does_not_accept_it(lab: SimulatedLab) -> None:
    report = look(with_wishes(lab, "strict.yml", accept_software_gpu=False))[0]
    what = next(failure.what for failure in report.failures if "test_the_gpu_computed" in failure.address)
    assert "that is software, not a Mac's GPU" in what
    assert report.outcome is Outcome.VERIFY_FAILED


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [("ssh-dead", Outcome.UNREACHABLE, "UNREACHABLE"), ("host-key-changed", Outcome.REFUSED, "HOST_KEY_CHANGED")],
)
def test_a_mac_that_cannot_be_entered(file: Path, mac: SimulatedMac, fault: str, outcome: Outcome, code: str) -> None:
    with _fault(mac, fault):
        began = time.monotonic()
        report = look(file)[0]
    assert (report.outcome, [failure.code for failure in report.failures]) == (outcome, [code])
    assert report.tests["passed"] == report.tests["failed"] == 0
    assert time.monotonic() - began < 45
    assert left_behind() == []


def test_a_guest_whose_ssh_is_dead_is_one_failure_and_the_rest_unknown(file: Path, mac: SimulatedMac) -> None:
    with _fault(mac, "guest-ssh-dead"):
        report = look(file)[0]
    assert "test_guest_answers" in failed(report)
    assert report.tests["unknown"] > 10
    assert report.seconds < 90


def test_podman_that_hangs_is_told_as_that(file: Path, mac: SimulatedMac) -> None:
    with _fault(mac, "machine-inspect-hangs"):
        report = look(file)[0]
    assert {"test_machine_runs", "test_machine_memory", "test_guest_answers"} <= failed(report)
    assert any("no answer within" in failure.what for failure in report.failures)
    assert report.tests["passed"] > 5
    assert report.seconds < 120


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
@pytest.mark.parametrize("seconds", [0.7, 2.0, 3.5])
def test_ended_on_the_way_it_leaves_nothing(file: Path, seconds: float, number: signal.Signals) -> None:
    process = subprocess.Popen([*CLI, "verify", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(number)
    process.wait(10)
    end = time.monotonic() + 15
    while left_behind() and time.monotonic() < end:
        time.sleep(0.2)
    assert left_behind() == []
