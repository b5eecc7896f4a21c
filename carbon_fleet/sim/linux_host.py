"""The Linux hosts of a simulated lab: each a real systemd, sshd, sudo and podman, with a GPU that only seems to be one.

Made as a real VM is, of which it has nothing else: no Mac boots it, and it is reached by an address of its own.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from carbon_fleet.sim import keys, nvidia
from carbon_fleet.sim.real_services import RealServices
from carbon_fleet.sim.state import LabState, MacAddress
from carbon_fleet.sim.vm import VM, VMSpec

USER = "core"
"""Who logs in: may become root by sudo without a password."""
_CPUS, _MEMORY_MIB = 2, 4096


def host_key(state: LabState, name: str) -> str:
    """The host's key, made unless it is there; its public line."""
    return keys.make_key(_key(state, name), name)


def _key(state: LabState, name: str) -> Path:
    return state.mac(name) / "host_key"


def make(state: LabState, address: MacAddress, services: RealServices) -> VM:
    """The host at this address, not booted yet. Raises VMError."""
    controller = state.key.with_name(state.key.name + ".pub").read_text()
    spec = VMSpec(
        address.name,
        state.mac(address.name) / "host",
        address.port,
        controller,
        _CPUS,
        _MEMORY_MIB,
        rootful=True,
        provider=nvidia.PROVIDER,
        host_key=_key(state, address.name),
    )
    return services.make_vm(spec)


@dataclass(frozen=True)
class SimulatedLinuxHost:
    """One Linux host of a running lab."""

    state: LabState
    address: MacAddress

    @property
    def name(self) -> str:
        """linux-01, linux-02, …"""
        return self.address.name

    def ssh(self, command: str, *, user: str = USER, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run `command` on it as a controller would, or as root; never raises for its exit status."""
        line = [*self.ssh_command(user), command]
        return subprocess.run(line, capture_output=True, text=True, timeout=timeout, check=False)

    def ssh_command(self, user: str = USER) -> list[str]:
        """The ssh command line that reaches it; append what to run."""
        known = f"UserKnownHostsFile={self.state.known_hosts}"
        checks = ["-o", known, "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        where = ["-i", str(self.state.key), "-p", str(self.address.port), f"{user}@{self.address.host}"]
        return ["ssh", "-F", "/dev/null", *checks, *where, "--"]

    def tells(self, **facts: str) -> None:
        """Have NVIDIA's stand-ins tell something else (`nvidia.FACTS`): another driver, or what is wrong with it."""
        lines = "; ".join(
            f"sed -i \"s/^{name}=.*/{name}='{value}'/\" /etc/simulated-nvidia" for name, value in facts.items()
        )
        libraries = [f"/usr/lib/x86_64-linux-gnu/lib{name}.so" for name in ("cuda", "GLX_nvidia")]
        moved = "".join(f"; mv {each}.* {each}.{facts['DRIVER']}" for each in libraries) if "DRIVER" in facts else ""
        done = self.ssh(f"{lines}{moved}", user="root")
        assert done.returncode == 0, done.stderr
