"""A network namespace whose only way out leads to one address of this machine: what is in it reaches nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

OUTSIDE, INSIDE = "10.213.77.1", "10.213.77.2"


@dataclass(frozen=True)
class Sealed:
    """`pid` holds the namespace."""

    pid: int

    def run(self, *words: str, timeout: float = 300) -> "subprocess.CompletedProcess[str]":
        """Run a program in it; never raises for its exit status."""
        line = ["nsenter", "--target", str(self.pid), "--net", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def fleet(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run carbon-fleet in it."""
        return self.run(sys.executable, "-m", "carbon_fleet", *words)


def possible() -> bool:
    """Whether this machine lets us make one: root alone is not enough in every container."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return False
    tried = ["unshare", "--net", "ip", "link", "add", "cfm0", "type", "veth", "peer", "name", "cfm1"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@contextmanager
def sealed() -> Iterator[Sealed]:
    """Make it: loopback of its own, a link to OUTSIDE, no other route. Needs root."""
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 3600"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    inside, name = Sealed(holder.pid), f"cfm{os.getpid() % 100_000}"
    try:
        _ip("link", "add", name, "type", "veth", "peer", "name", "cfm0", "netns", str(holder.pid))
        _ip("address", "add", f"{OUTSIDE}/30", "dev", name)
        _ip("link", "set", name, "up")
        for words in ("link set lo up", f"address add {INSIDE}/30 dev cfm0", "link set cfm0 up"):
            done = inside.run("ip", *words.split())
            assert done.returncode == 0, done.stderr
        yield inside
    finally:
        holder.kill()
        holder.wait()
        subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
