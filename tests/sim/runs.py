"""How tests run `carbon-fleet` on a simulated lab: as a user does, in a process of its own."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from carbon_fleet.report.schema import report_schema
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.warm import carbon_fleet

UNIT_FILE = """[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy=multi-user.target
"""
MORE: dict[str, Any] = {
    "power": {
        "sleep": "never",
        "display_sleep": "15m",
        "disk_sleep": "20m",
        "wake_on_lan": True,
        "restart_after_power_failure": True,
    },
    "agent": {
        "autostart": "login",
        "drift": {"every": "2h", "splay": "0s", "program": "/usr/bin/true", "lab": "/etc/hosts"},
        "pull": {
            "url": "https://git.example/lab.git",
            "splay": "0s",
            "program": "/usr/bin/true",
            "signers": "/etc/hosts",
        },
    },
    "guest": {
        "files": {
            "/etc/motd.d/carbon.conf": {"content": "a lab machine\n", "mode": "0640"},
            "/etc/systemd/system/lab-note.service": {"content": UNIT_FILE},
        },
        "units": {"lab-note.service": {"enabled": True, "active": True}},
    },
}


def fleet(*arguments: str, expect: int | None = None, timeout: float = 900) -> dict[str, Any]:
    """Run a verb with `--json`; its Report. Asserts the exit code `expect`, and that the Report says the same.

    `apply` is given `--yes`: nobody can be asked.
    """
    more = ["--json", *(["--yes"] if arguments[0] == "apply" else [])]
    ran = carbon_fleet(*arguments, *more, timeout=timeout)
    assert expect is None or ran.returncode == expect, f"{ran.returncode}: {ran.stdout[-4000:]}\n{ran.stderr[-2000:]}"
    report: dict[str, Any] = json.loads(ran.stdout)
    assert report["exit_code"] == ran.returncode
    _valid().validate(report)
    return report


@cache
def _valid() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(report_schema())


def commands(report: dict[str, Any]) -> list[str]:
    """Every command a run ran, over all its Macs."""
    return [result["command"] for mac in report["macs"] for result in mac["results"]]


def attributes(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Every (address, attribute) a Report names, over all its Macs."""
    changes = [change for mac in report["macs"] for change in mac["changes"]]
    return {(change["address"], item["name"]) for change in changes for item in change["attributes"]}


def lab_file(lab: SimulatedLab, **defaults: Any) -> str:
    """A copy of the lab's file with more in its defaults; its path."""
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= defaults
    path = Path(lab.file).with_name("lab-of-the-test.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def leaves(file: str, mac: str, addresses: set[str], *only: str) -> None:
    """Of a runtime that the lab file names no more these go, as wished; the volume stays, and a second run is empty."""
    words = (file, "--limit", mac, *only)
    found = fleet("drift", *words, expect=2)["macs"][0]["changes"]
    assert {(one["address"], one["action"], one["cause"]) for one in found} == {
        (address, "delete", "intended") for address in addresses
    }
    fleet("apply", *words, expect=0)
    again = fleet("apply", *words, expect=0)
    assert (commands(again), again["macs"][0]["execs"]) == ([], 1)
    assert "VOLUME_UNUSED" in {one["code"] for one in again["macs"][0]["notices"]}


def guest(lab: SimulatedLab, mac: str, command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as root in a Mac's virtual machine, as a person would."""
    quoted = command.replace("'", "'\\''")
    return lab.mac(mac).ssh(f"/opt/homebrew/bin/podman machine ssh --username root carbon '{quoted}'")
