"""A Mac without the Internet: it reaches the site mirror and nothing else, and is made what its lab file says."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.state import LabState
from tests.mirror_upstream import DISK, MODEL, MODEL_SHA256, MODEL_URL, TAP, Upstream, git, sha256, upstream
from tests.sim.runs import attributes, commands
from tests.sim.sealed import OUTSIDE, Sealed, possible, sealed

NEEDS = "it needs a network of its own: root, and leave to make one"
pytestmark = [pytest.mark.sim, pytest.mark.skipif(not possible(), reason=NEEDS)]
DROP_IN = "/etc/containers/registries.conf.d/50-carbon-fleet-mirror.conf"
MODEL_PLACE = f"/var/lib/carbon-fleet/models/{MODEL_SHA256}"
BREW = "/opt/homebrew/bin/brew"
GUEST = "/opt/homebrew/bin/podman machine ssh --username root carbon"
GIT_CONFIG = "/opt/homebrew/Library/Taps/libkrun/homebrew-krun/.git/config"


class Site:
    """A lab in the sealed network, its file, and the mirror outside."""

    def __init__(self, net: Sealed, work: Path) -> None:
        self.net, self.state, self.file = net, work / "sim", work / "lab.yml"
        up = net.fleet("sim", "up", "--macs", "1", "--state", str(self.state))
        assert up.returncode == 0, up.stderr
        self.lab = SimulatedLab(LabState(self.state / "lab"))
        self.lab.mac("mac-01").break_("downloads")

    def write(self, **defaults: Any) -> None:
        document = yaml.safe_load(self.lab.file.read_text())
        document["defaults"] |= {key: value for key, value in defaults.items() if value is not None}
        self.file.write_text(yaml.safe_dump(document))

    def verb(self, verb: str, expect: int) -> dict[str, Any]:
        ran = self.net.fleet(verb, str(self.file), "--json", *(["--yes"] if verb == "apply" else []))
        assert ran.returncode == expect, f"{ran.returncode}: {ran.stdout[-4000:]}\n{ran.stderr[-2000:]}"
        report: dict[str, Any] = json.loads(ran.stdout)
        return report

    def killed(self, when: str, command: int) -> None:
        """An apply that dies by SIGKILL at this command of its own."""
        words = (str(self.file), "mac-01", str(command), when)
        ended = self.net.run(sys.executable, "-m", "tests.sim.killed_apply", *words)
        assert ended.returncode == -9, f"{ended.returncode}: {ended.stdout[-2000:]}\n{ended.stderr[-2000:]}"

    def ssh(self, command: str) -> str:
        done = self.net.run(*self.lab.mac("mac-01").ssh_command(), command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def guest(self, command: str) -> str:
        return self.ssh(f"{GUEST} '{command}'")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("offline")


@pytest.fixture(scope="module")
def wish(work: Path) -> dict[str, Any]:
    """What the lab wants, its places on the Internet filled, and all of it in a mirror; the Internet ends here."""
    with upstream(work) as internet:
        wanted = filled(internet)
        lab = {"lab": "lab", "defaults": {"user": "lab", **wanted}, "macs": {"mac-01": {"host": "10.0.0.1"}}}
        (work / "wish.yml").write_text(yaml.safe_dump(lab))
        build = [sys.executable, "-m", "carbon_fleet", "mirror", "build", str(work / "wish.yml"), str(work / "mirror")]
        built = subprocess.run([*build, *internet.at], capture_output=True, text=True)
        assert built.returncode == 0, built.stdout + built.stderr
    return wanted


def filled(internet: Upstream) -> dict[str, Any]:
    internet.homebrew()
    internet.machine_os("6.1")
    ours = internet.image("docker.io", "carbon/vulkan-check", "2", {"io.carbon-fleet.inputs": "a" * 64})
    internet.image("quay.io", "somebody/web", "1", {})
    internet.files["/models.example/tiny.gguf"] = MODEL
    web = {"image": "quay.io/somebody/web:1", "models": ["tiny"]}
    return {
        "accept_software_gpu": True,
        "images": {"vulkan-check": {"pull": f"docker.io/carbon/vulkan-check@{ours}"}},
        "models": {"tiny": {"url": MODEL_URL, "sha256": MODEL_SHA256, "size": "1MiB", "fetch": "mac"}},
        "stacks": ["vulkan-check", {"name": "web", "containers": {"web": web}}],
    }


@pytest.fixture(scope="module")
def mirror(work: Path, wish: dict[str, Any], net: Sealed) -> Iterator[str]:
    """The mirror's address, which is all that the sealed network reaches."""
    serve = [sys.executable, "-m", "carbon_fleet", "mirror", "serve", str(work / "mirror"), "--listen", f"{OUTSIDE}:0"]
    with (work / "requests.log").open("w") as log:
        served = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True)
        assert served.stdout is not None
        yield served.stdout.readline().strip()
        served.terminate()
        served.wait(10)


@pytest.fixture(scope="module")
def net() -> Iterator[Sealed]:
    with sealed() as inside:
        yield inside


@pytest.fixture(scope="module")
def site(net: Sealed, work: Path, mirror: str) -> Iterator[Site]:
    made = Site(net, work)
    yield made
    net.fleet("sim", "down", "--all", "--state", str(made.state))


def test_nothing_but_the_mirror_is_reached(site: Site, mirror: str) -> None:
    reach = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
    host, _, port = mirror.removeprefix("http://").partition(":")
    assert site.net.run(sys.executable, "-c", reach, host, port).returncode == 0
    for other in ("ghcr.io", "140.82.121.33", "8.8.8.8"):
        assert site.net.run(sys.executable, "-c", reach, other, "443").returncode != 0
    routes = site.net.run("ip", "route").stdout.splitlines()
    assert len(routes) == 1
    assert routes[0].startswith("10.213.77.0/30 ")


def test_without_the_mirror_it_cannot_be_made(site: Site, wish: dict[str, Any]) -> None:
    site.write(**wish)
    (mac,) = site.verb("apply", 4)["macs"]
    assert mac["failures"][0]["address"] == "homebrew.tap.libkrun/krun"


def test_with_the_mirror_it_converges_however_often_it_is_killed(
    site: Site, wish: dict[str, Any], mirror: str, work: Path
) -> None:
    """In the midst of the tap's clone, of brew's downloads, of the machine's making; each goes on from there."""
    site.write(**wish, mirror=mirror)
    for when, command in (("during", 1), ("during", 2), ("after", 1), ("during", 2), ("after", 2)):
        site.killed(when, command)
    site.verb("apply", 0)
    assert commands(site.verb("apply", 0)) == []
    seen = site.verb("verify", 0)["macs"][0]["measured"]["seen"]
    upstream_commit = git(work / "git/libkrun/homebrew-krun", "rev-parse", "HEAD").strip()
    assert seen["taps"]["krunkit"] == f"libkrun/krun@{upstream_commit}", "a lock says the same without the mirror"


def test_what_it_has_is_what_the_mirror_handed_out(site: Site, mirror: str, work: Path) -> None:
    asked = (work / "requests.log").read_text()
    for path in (
        "GET /api/internal/packages.arm64_tahoe.jws.json",
        "GET /git/libkrun/homebrew-krun.git/info/refs",
        "GET /v2/homebrew/core/podman/manifests/6.1.1",
        "GET /v2/libkrun/krun/krunkit/blobs/sha256:",
        "GET /machine-os/default/podman-machine.aarch64.applehv.raw.zst",
        "GET /v2/docker.io/carbon/vulkan-check/manifests/sha256:",
        "GET /v2/quay.io/somebody/web/manifests/1",
        f"GET /models/{MODEL_SHA256}",
    ):
        assert path in asked, path
    lacking = {line.split()[3] for line in asked.splitlines() if " 404 " in line}
    assert all(path.startswith("/git/") and "/objects/" in path for path in lacking), "git looks for loose ones first"
    assert f"url = {mirror}/git/libkrun/homebrew-krun.git" in site.ssh(f"cat {GIT_CONFIG}")
    poured = site.ssh("cat /opt/homebrew/Cellar/krunkit/1.3.2/lib/krunkit")
    assert poured == "libkrun/krun krunkit 1.3.2\n"
    assert sha256(DISK) in (work / "mirror/mirror.json").read_text()
    assert site.guest(f"sha256sum {MODEL_PLACE}").startswith(MODEL_SHA256)


DRIFTS = (
    (f"{BREW} untrust libkrun/krun", "homebrew.trust.{}", "trusted"),
    (
        f"sed -i.b 's|url = .*|url = https://github.com/libkrun/homebrew-krun|' {GIT_CONFIG}",
        "homebrew.tap.{}",
        "remote",
    ),
    (f"{BREW} uninstall --ignore-dependencies krunkit", "homebrew.formula.{}/krunkit", "version"),
    (f"{GUEST} 'echo >>{DROP_IN}'", f"guest.file.{DROP_IN}", "content"),
    (f"{GUEST} 'chmod 600 {DROP_IN}'", f"guest.file.{DROP_IN}", "mode"),
    (f"{GUEST} 'rm -f {MODEL_PLACE}'", "model.tiny", "sha256"),
)


def test_all_that_drifts_is_named_and_healed_by_the_mirror(site: Site) -> None:
    for command in ("rm -rf Library/Caches", *(command for command, _, _ in DRIFTS)):
        site.ssh(command)
    meant = {(where.format(TAP), what) for _, where, what in DRIFTS}
    assert attributes(site.verb("drift", 2)) == meant | {("machine.carbon", "krunkit")}, "it runs by the one before"
    failed = {failure["address"].partition("::")[2] for failure in site.verb("verify", 100)["macs"][0]["failures"]}
    files = {f"test_guest_file_{what}[{DROP_IN}]" for what in ("content", "mode")}
    assert failed >= {f"test_tap_is_there[{TAP}]", f"test_tap_is_trusted[{TAP}]", *files}
    site.verb("apply", 0)
    assert site.verb("drift", 0)["macs"][0]["changes"] == []


def test_a_mirror_that_is_wished_no_more_leaves_nothing_of_it(site: Site, wish: dict[str, Any]) -> None:
    """The tap is cloned from GitHub, which is modelled here: what is real of it is all that leads there."""
    site.lab.mac("mac-01").mend()
    site.write(**wish)
    seen = site.verb("drift", 2)
    tap = {(f"homebrew.tap.{TAP}", "remote"), (f"homebrew.trust.{TAP}", "trusted")}
    assert attributes(seen) == {(f"guest.file.{DROP_IN}", "content"), *tap}
    assert {change["cause"] for change in seen["macs"][0]["changes"]} == {"intended"}
    site.verb("apply", 0)
    assert site.guest(f"ls {DROP_IN} || true") == ""
    assert "url = https://github.com/libkrun/homebrew-krun" in site.ssh(f"cat {GIT_CONFIG}")
    assert "http" not in site.ssh("cat .homebrew/trust.json"), "trust in the mirror's address is gone"
    assert site.verb("apply", 0)["macs"][0]["changes"] == []
