"""`verify` where the virtual machine has a real sshd, systemd and podman: nothing modelled in the guest."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from carbon_fleet.report.document import Outcome
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from tests.sim.published_real import SAYS
from tests.sim.verify_lab import FILE, OWN, SERVICE, UNIT_FILE, failed, in_guest, left_behind, look, on_mac

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(900)]
CLI = [sys.executable, "-m", "carbon_fleet"]
WEB = {
    "image": "docker.io/library/debian:bookworm",
    "gpu": "venus",
    # The way that needs no driver: to build Venus for a look at a device would take a minute.
    "gpu_path": "remoting",
    "secrets": {"TOKEN": "token"},
    "command": ["perl", "-e", SAYS],
    "expose": "lan",
    "capabilities": ["NET_BIND_SERVICE"],
    "health": {"command": ["test", "-c", "/dev/dri/renderD128"], "interval": "2s"},
}


OWN_PORT, SHARED_PORT = free_port(), free_port()
PORTS = {
    "ports": [f"127.0.0.1:{OWN_PORT}:80"],
    "services": {"shared": {"enabled": True, "ports": [f"{SHARED_PORT}:80"], "login": "token"}},
}
OF_THE_PORTS = {f"test_port_answers[web.web:{OWN_PORT}]", f"test_port_answers[web.shared:{SHARED_PORT}]"}
LISTENER = (
    "use IO::Socket::IP; my $way = IO::Socket::IP->new(PeerHost => q(192.0.2.1), PeerPort => 9, Proto => q(udp));"
    "my $socket = IO::Socket::IP->new(Listen => 9, LocalHost => $way->sockhost, LocalPort => shift) or die $@;"
    "$| = 1; print qq(up\\n); sleep 600"
)
"""Somebody at the Mac's address on the network, at a port that is the Mac's own."""


def _lab_file(lab: SimulatedLab) -> Path:
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= {
        "guest": {
            "files": {FILE: {"content": "# ü\n", "mode": "0640"}, UNIT_FILE: {"content": SERVICE}},
            "units": {OWN: {}},
        },
        "images": {},
        "stacks": [{"name": "web", "containers": {"web": {**WEB, **PORTS}}}],
    }
    path = lab.file.with_name("real.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def test_a_real_machine_is_verified_and_a_stopped_container_is_not(tmp_path: Path) -> None:
    with SimulatedLab.up(macs=1, state=tmp_path, name="verify-real", vm="real") as lab:
        file, mac = _lab_file(lab), lab.mac("mac-01")
        applied = subprocess.run(
            [*CLI, "apply", "-qy", str(file)], capture_output=True, text=True, timeout=400, check=False
        )
        assert applied.returncode == 0, applied.stdout + applied.stderr
        report = look(file)[0]
        assert (failed(report), report.outcome, report.tests["unknown"]) == (set(), Outcome.VERIFIED, 0)
        assert any("that containers compute on the GPU is not shown" in notice.what for notice in report.notices)

        on_mac(mac, "chmod 0644 ~/.config/carbon-fleet/secrets/token; echo x >>~/.config/carbon-fleet/secrets/token")
        listen = (
            f"perl -e '{LISTENER}' {OWN_PORT} >up 2>&1 </dev/null & echo $!; until grep -q . up; do sleep 0.1; done"
        )
        listener = on_mac(mac, listen)
        spoiled = {"test_secret_is_the_users_alone[token]", "test_secret_is_the_same_in_the_machine[token]"}
        spoiled.add(f"test_port_is_the_macs_own[web.web:{OWN_PORT}]")
        assert failed(look(file)[0]) == spoiled
        on_mac(mac, f"kill {listener}")
        in_guest(mac, "systemctl stop carbon-fleet-web-web.service")
        stopped = look(file)[0]
        assert {"test_unit_is_active[web]", *OF_THE_PORTS} <= failed(stopped)
        assert stopped.outcome is Outcome.VERIFY_FAILED
        in_guest(mac, f"chmod 600 {FILE}; systemctl start carbon-fleet-web-web.service")
        assert f"test_guest_file_mode[{FILE}]" in failed(look(file)[0])
        assert left_behind() == []
        # Nor does anything of a look stay in the guest: no session, no command under its deadline.
        assert in_guest(mac, "pgrep -fc '[t]imeout -k 2' || true") == "0"
        on_mac(mac, "podman machine stop carbon")
