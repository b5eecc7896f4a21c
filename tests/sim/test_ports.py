"""A port that somebody on the Mac has: refused before anything is done there, and done once it is free."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from tests.sim.runs import commands, fleet, lab_file

pytestmark = [pytest.mark.sim]
LISTEN = (
    "use IO::Socket::INET; my ($kind, $at) = @ARGV;"
    "my %how = $kind eq q(tcp) ? (Listen => 1) : (Proto => q(udp));"
    "my $socket = IO::Socket::INET->new(LocalAddr => $at, %how) or die $@; $| = 1; print qq(up\\n); sleep 600"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def with_port(lab: SimulatedLab, port: int, kind: str) -> str:
    service: dict[str, Any] = {"enabled": True, "ports": [f"{port}:80/{kind}"], "url": "http://{host}:{port}/"}
    box = {"image": "vulkan-check", "gpu": "venus", "services": {"web": service}}
    return lab_file(lab, stacks=[{"name": "shop", "containers": {"box": box}}])


@pytest.mark.parametrize(("kind", "address"), [("tcp", "0.0.0.0"), ("udp", "127.0.0.1")])
def test_a_taken_port_is_refused_and_free_again_it_is_not(lab: SimulatedLab, kind: str, address: str) -> None:
    port = free_port()
    file = with_port(lab, port, kind)
    listen = f"perl -e '{LISTEN}' {kind} {address}:{port} >up 2>&1 </dev/null &"
    taken = lab.mac("mac-01").ssh(f"{listen} echo $!; until grep -q . up; do sleep 0.1; done")
    report = fleet("apply", file, expect=3)
    (mac,) = report["macs"]
    assert commands(report) == [], "nothing was touched"
    (failure,) = mac["failures"]
    assert (failure["address"], failure["code"]) == (f"preflight.port.{port}", "PORT_TAKEN")
    assert failure["what"] == f"port {port}/{kind} of this Mac is taken by perl (process {taken.stdout.strip()})"
    assert "the service `web` of the stack `shop` wants it" in failure["why"]
    assert re.match(r"write `\d+:80", failure["remedy"])
    assert lab.mac("mac-01").ssh(f"kill {taken.stdout.strip()}; rm -f up").returncode == 0
    report = fleet("drift", file, expect=2)
    assert report["macs"][0]["failures"] == []


def test_urls_need_no_mac(lab: SimulatedLab) -> None:
    port = free_port()
    file = with_port(lab, port, "tcp")
    ran = subprocess.run(
        [sys.executable, "-m", "carbon_fleet", "urls", file, "--json"], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    (mac,) = json.loads(ran.stdout)["macs"]
    assert mac["addresses"][0]["url"] == f"http://localhost:{port}/"
    assert mac["tunnel"].startswith(f"ssh -N -L {port}:127.0.0.1:{port} -p ")
