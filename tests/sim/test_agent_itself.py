"""carbon-fleet on the Mac itself: it fetches its signed lab over https and applies it, started by launchd."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.itself import PROGRAM
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.verbs.publish import publish
from tests.sim.runs import MORE, commands, fleet, lab_file
from tests.sim.test_mac_lock import HOLD
from tests.unit.pull.server import certificates, serving
from tests.unit.pull.upstream import Upstream

pytestmark = [pytest.mark.sim]
HERE = "~/.config/carbon-fleet"
REPORT = ".local/state/carbon-fleet/{}.json"


class Site:
    """A lab of one Mac that nobody reaches but by its server, and what is published there."""

    def __init__(self, folder: Path, lab: SimulatedLab, address: str, ca: Path) -> None:
        self.mac, self.folder, self.lab, self.up = lab.mac("mac-01"), folder, lab, Upstream(folder)
        signers = self.up.signers.read_text().replace('"git"', '"carbon-fleet"')
        self.on_mac("allowed_signers", signers)
        self.on_mac("ca.pem", ca.read_text())
        self.pull = {"url": f"{address}/lab.tar", "signers": f"{HERE}/allowed_signers", "ca": f"{HERE}/ca.pem"}
        self.pull |= {"splay": "0s", "window": "00:00-24:00"}
        self.on_mac("lab.yml", self.own().read_text())

    def on_mac(self, name: str, text: str) -> None:
        path = self.mac.home / HERE[2:] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @property
    def wish(self) -> dict[str, Any]:
        return {"stacks": [], "power": MORE["power"], "agent": {"drift": {"splay": "0s"}, "pull": self.pull}}

    def own(self, **more: Any) -> Path:
        """The lab file as the Mac itself has it: it reaches itself, and needs no key."""
        document = yaml.safe_load(self.lab.file.read_text())
        kept = {key: value for key, value in document["defaults"].items() if key not in ("user", "key", "known_hosts")}
        document |= {"defaults": {**kept, **self.wish, **more}, "macs": {"mac-01": {"host": "local"}}}
        path = self.folder / "lab.yml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return path

    def publish(self, serial: int, **more: Any) -> bytes:
        file = self.own(**more)
        out = self.folder / "www/lab.tar"
        assert publish(file, self.up.key("ada"), out, serial=serial) == 0
        return out.read_bytes()

    def typed(self, *more: str, expect: int) -> dict[str, Any]:
        """`carbon-fleet agent pull` as somebody types it on the Mac; its Report."""
        where = [f"--from={self.pull['url']}", f"--signers={HERE}/allowed_signers", f"--ca={HERE}/ca.pem"]
        ran = self.mac.ssh(" ".join([PROGRAM, "agent", "pull", *where, "--mac", "mac-01", "--json", *more]))
        assert ran.returncode == expect, ran.stdout[-3000:] + ran.stderr[-3000:]
        report: dict[str, Any] = json.loads(ran.stdout)
        return report

    def kick(self, name: str) -> dict[str, Any]:
        """launchd starts an agent's program; the Report it leaves."""
        path = self.mac.home / REPORT.format(name)
        path.unlink(missing_ok=True)
        assert self.mac.ssh(f"launchctl kickstart gui/501/io.carbon-fleet.{name}").returncode == 0
        end = time.monotonic() + 120
        while not path.exists():
            log = self.mac.home / f"Library/Logs/carbon-fleet-{name}.log"
            assert time.monotonic() < end, log.read_text() if log.exists() else "no log"
            time.sleep(0.2)
        report: dict[str, Any] = json.loads(path.read_text())
        return report

    @property
    def display(self) -> str:
        said = self.mac.ssh("pmset -g custom | awk '/displaysleep/ { print $2; exit }'")
        return said.stdout.strip()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "www").mkdir()
    ca = certificates(folder / "tls")
    with (
        SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab"), itself=True) as lab,
        serving(folder / "www", ca.parent) as address,
    ):
        yield Site(folder, lab, address, ca)


def kept(site: Site, report: dict[str, Any]) -> bool:
    """Whether the Mac has the run in its own history."""
    path = site.mac.home / f".local/state/carbon-fleet/runs/{report['run']}/report.json"
    return bool(json.loads(path.read_text())["macs"] == report["macs"])


def test_a_bare_mac_becomes_what_its_signed_lab_says(site: Site) -> None:
    site.publish(1)
    report = site.typed(expect=0)
    (mac,) = report["macs"]
    assert (report["verb"], mac["outcome"], report["options"]["pulled"]["serial"]) == ("apply", "changed", 1)
    assert {"machine.carbon", "power.ac", "agent.drift"} <= {change["address"] for change in mac["changes"]}
    assert "agent.pull" in {left["address"] for left in mac["left"]}, "it does not end itself"
    assert kept(site, report)
    changes = fleet("apply", lab_file(site.lab, **site.wish), expect=0)["macs"][0]["changes"]
    assert [change["address"] for change in changes] == ["agent.pull"], "another's look finds nothing else to do"


def test_launchd_starts_the_next_and_it_has_nothing_to_do(site: Site) -> None:
    report = site.kick("pull")
    assert (report["verb"], report["exit_code"], report["macs"][0]["outcome"]) == ("apply", 0, "converged")
    assert (commands(report), report["options"]["pulled"]["signer"]) == ([], "ada@lab")


def test_what_is_published_is_applied_but_not_while_somebody_else_changes_the_mac(site: Site) -> None:
    power = MORE["power"] | {"display_sleep": "25m"}
    site.publish(2, power=power)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, lab_file(site.lab)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        report = site.kick("pull")
        assert [failure["code"] for failure in report["macs"][0]["failures"]] == ["LOCK_HELD"]
        process.kill()
    assert site.display == "15"
    report = site.kick("pull")
    assert [change["address"] for change in report["macs"][0]["changes"]] == ["power.ac"]
    assert (report["exit_code"], site.display, kept(site, report)) == (0, "25", True)


def test_outside_of_its_window_it_only_looks(site: Site) -> None:
    before = (site.folder / "www/lab.tar").read_bytes(), (site.folder / "www/lab.tar.sig").read_bytes()
    site.publish(3, power=MORE["power"] | {"display_sleep": "35m"})
    hour = time.localtime().tm_hour
    report = site.typed("--window", f"{(hour + 12) % 24:02}:00-{(hour + 14) % 24:02}:00", expect=2)
    assert (report["verb"], report["macs"][0]["changes"][0]["address"]) == ("drift", "power.ac")
    assert site.display == "25"
    for name, content in zip(("lab.tar", "lab.tar.sig"), before, strict=True):
        (site.folder / "www" / name).write_bytes(content)
    report = site.typed(expect=3)
    assert [failure["code"] for failure in report["macs"][0]["failures"]] == ["LAB_NOT_NEWER"]
    assert site.display == "25"


def test_the_drift_agent_tells_what_it_really_finds(site: Site) -> None:
    site.on_mac("lab.yml", site.own(power=MORE["power"] | {"display_sleep": "25m"}).read_text())
    assert (site.kick("drift")["exit_code"], site.mac.ssh("sudo -n pmset -a displaysleep 5").returncode) == (0, 0)
    report = site.kick("drift")
    (change,) = report["macs"][0]["changes"]
    assert (report["verb"], report["exit_code"], change["address"]) == ("drift", 2, "power.ac")
    assert (change["cause"], site.display) == ("corrective", "5")
    ended = site.mac.ssh("launchctl print gui/501/io.carbon-fleet.drift | grep 'last exit code'").stdout
    assert ended.strip() == "last exit code = 2"
