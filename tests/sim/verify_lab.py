"""A simulated lab for the tests of `verify`, and ways to change its Mac behind its back."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import yaml

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.report.document import MacReport
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.spec import load_lab
from carbon_fleet.verify.runner import verify_macs

FILE = "/etc/carbon-test.conf"
UNIT = "carbon-fleet-vulkan-check-vulkan-check.service"
BREW = "/opt/homebrew"
OWN = "carbon-test.service"
UNIT_FILE = f"/etc/systemd/system/{OWN}"
SERVICE = """[Unit]
Description=A unit of the lab's own
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/true
[Install]
WantedBy=multi-user.target
"""


def with_wishes(lab: SimulatedLab, name: str = "wishes.yml", **more: object) -> Path:
    """The lab's file with a guest file, units, a pinned formula, power and whatever `more` says in `defaults`."""
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= {
        "guest": {
            "files": {FILE: {"content": "# ü\nkey = 'v'\n", "mode": "0640"}, UNIT_FILE: {"content": SERVICE}},
            "units": {OWN: {}, "chronyd.service": {}},
        },
        "homebrew": {"formulae": {"podman": {"pin": True}}},
        "power": {"sleep": "never", "wake_on_lan": True},
        "agent": {
            "autostart": "login",
            "drift": {"every": "2h", "program": "/usr/bin/true", "lab": "/etc/hosts"},
            "pull": {
                "url": "https://git.example/lab.git",
                "program": "/usr/bin/true",
                "signers": "/etc/hosts",
            },
        },
        **more,
    }
    path = lab.file.with_name(name)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def look(file: Path) -> list[MacReport]:
    """Verify all Macs of a lab file."""
    lab = load_lab(file, lab_sections())
    return verify_macs(lab, list(lab.macs.values()), junitxml=None, done=lambda report: None)


def failed(report: MacReport) -> set[str]:
    """The failed tests' names, without file."""
    return {failure.address.partition("::")[2] for failure in report.failures}


def on_mac(mac: SimulatedMac, command: str) -> str:
    """Run a command on the Mac; it must succeed."""
    ran = mac.ssh(f"PATH={BREW}/bin:$PATH; {command}")
    assert ran.returncode == 0, f"{command}: {ran.stdout} {ran.stderr}"
    return ran.stdout.strip()


def in_guest(mac: SimulatedMac, command: str) -> str:
    """Run a command in the Mac's virtual machine as root; it must succeed."""
    return on_mac(mac, f"podman machine ssh carbon {shlex.quote(command)}")


@contextmanager
def changed(path: Path, old: str, new: str) -> Iterator[None]:
    """A text file of the Mac's disk with something else in it for a while."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    yield
    path.write_text(text)


@contextmanager
def away(path: Path) -> Iterator[None]:
    """A file or folder of the Mac's disk out of the way for a while."""
    aside = path.with_name(f".{path.name}.aside")
    path.rename(aside)
    yield
    aside.rename(path)


def left_behind() -> list[str]:
    """Processes and folders of a look, on either side: a simulated Mac's processes are ours to see."""
    folder = os.environ["CARBON_FLEET_SOCKETS"]
    found = [str(path) for path in Path(folder).glob("cfv-*")]
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or [])
        if f"{folder}/cfv-" in words or ("carbon-verify." in words and _ours(process)):
            found.append(words[:200])
    return found


def _ours(process: psutil.Process) -> bool:
    """Whether a process of a simulated Mac belongs to a lab of this test worker, not of the other."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    try:
        return any(worker in " ".join(parent.cmdline()) for parent in process.parents())
    except psutil.Error:
        return False
