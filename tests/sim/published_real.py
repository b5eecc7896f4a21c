"""A container of a plain base image that says hello on two published ports: the Mac's own, and the network's."""

from typing import Any

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import lab_file

SAYS = (
    "use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalPort => 80, ReuseAddr => 1) or die $@;"
    "while (my $c = $s->accept) { my $asked = <$c>; print $c qq(HTTP/1.0 200 OK\\x0d\\x0a\\x0d\\x0ahello); close $c }"
)


def published_at(lab: SimulatedLab, own: int, shared: int) -> str:
    """A lab file with that container, besides what the lab has."""
    service = {"enabled": True, "ports": [f"{shared}:80"], "login": "hello-token", "secrets": {"TOKEN": "hello-token"}}
    container: dict[str, Any] = {
        "image": "docker.io/library/debian:bookworm",
        "command": ["perl", "-e", SAYS],
        "ports": [f"127.0.0.1:{own}:80"],
        "services": {"shared": service},
    }
    stack = {"name": "hello", "expose": "lan", "containers": {"web": container}}
    return lab_file(lab, stacks=["vulkan-check", stack])


def said(mac: SimulatedMac, url: str) -> str:
    """What the Mac gets from `url`, asked for a minute; empty when it gets nothing."""
    ask = f"curl -fsS -m 5 {url} 2>/dev/null"
    return mac.ssh(f"n=0; until {ask} || [ $n -ge 60 ]; do n=$((n + 1)); sleep 1; done").stdout
