"""A simulated lab for tests and for the command line: `with SimulatedLab.up(macs=2, state=tmp_path) as lab: …`."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from carbon_fleet.sim import faults, starting
from carbon_fleet.sim.jsonlines import ask
from carbon_fleet.sim.lifecycle import bring_up, supervisor_pid, take_down
from carbon_fleet.sim.linux_host import SimulatedLinuxHost
from carbon_fleet.sim.macroot import HOME
from carbon_fleet.sim.state import KINDS, LabState, MacAddress, SimError, state_home


@dataclass(frozen=True)
class SimulatedMac:
    """One Mac of a running lab."""

    state: LabState
    address: MacAddress

    @property
    def name(self) -> str:
        """mac-01, mac-02, …"""
        return self.address.name

    @property
    def root(self) -> Path:
        """The Mac's / on this machine."""
        return self.state.mac(self.name) / "root"

    @property
    def home(self) -> Path:
        """The login user's home on this machine."""
        return self.root / HOME[1:]

    @property
    def shared(self) -> Path:
        """What the stand-ins share with the supervisor: facts, faults, the journal of calls."""
        return self.state.mac(self.name) / "sim"

    def ssh_command(self, *options: str) -> list[str]:
        """The ssh command line that reaches this Mac; append what to run."""
        known = f"UserKnownHostsFile={self.state.known_hosts}"
        checks = ["-o", known, "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        where = ["-i", str(self.state.key), "-p", str(self.address.port), f"lab@{self.address.host}"]
        return ["ssh", "-F", "/dev/null", *checks, *options, *where, "--"]

    def ssh(self, command: str, *, stdin: str | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `command` on the Mac as a controller would; never raises for its exit status."""
        line = [*self.ssh_command(), command]
        return subprocess.run(line, input=stdin or "", capture_output=True, text=True, timeout=timeout, check=False)

    def start_from(self, name: str) -> None:
        """Make this bare Mac what somebody left it as (see `starting.names`)."""
        starting.begin(self, name)

    def break_(self, fault: str) -> None:
        """Inject a fault by name (see `faults.FAULTS`)."""
        faults.inject(self, fault)

    def mend(self) -> None:
        """Clear every fault that lasts until it is cleared."""
        faults.clear(self)


class SimulatedLab:
    """A running lab; as a context manager it is taken down at the end."""

    def __init__(self, state: LabState) -> None:
        self.state = state
        self.description = state.describe()

    @classmethod
    def up(
        cls,
        *,
        macs: int = 1,
        vm: str = "modelled",
        shell: str = "dash",
        state: Path | None = None,
        name: str = "lab",
        itself: bool = False,
        linux: int = 0,
    ) -> "SimulatedLab":
        """Bring a lab up (or find it running), `linux` hosts beside the Macs. `state` is the directory labs live in.

        With `itself` its Macs have carbon-fleet, as somebody would install it there, to change themselves.
        """
        if vm not in KINDS:
            raise SimError(f"a VM is {', '.join(KINDS)}, not {vm!r}")
        lab = LabState(state_home(state) / name)
        bring_up(lab, macs, vm, shell, itself=itself, linux=linux)
        return cls(lab)

    @property
    def file(self) -> Path:
        """The lab file for `carbon-fleet apply`."""
        return self.state.file

    @property
    def macs(self) -> list[SimulatedMac]:
        """All Macs of the lab."""
        return [SimulatedMac(self.state, address) for address in self.description.macs]

    @property
    def linux(self) -> list[SimulatedLinuxHost]:
        """All Linux hosts of the lab."""
        return [SimulatedLinuxHost(self.state, address) for address in self.description.linux]

    def mac(self, name: str) -> SimulatedMac:
        """One Mac by name; raises SimError with the names there are."""
        for mac in self.macs:
            if mac.name == name:
                return mac
        raise SimError(f"lab {self.state.lab!r} has no Mac {name!r}; it has {', '.join(mac.name for mac in self.macs)}")

    def status(self) -> dict[str, Any]:
        """What runs: the supervisor's pid (None when it died) and each Mac's ssh and VM."""
        pid = supervisor_pid(self.state)
        macs = ask(self.state.directory / "supervisor.sock", {"op": "status"})["macs"] if pid else []
        return {
            "lab": self.state.lab,
            "vm": self.description.vm,
            "file": str(self.file),
            "supervisor": pid,
            "macs": macs,
        }

    def down(self) -> None:
        """Take it down; nothing of it stays."""
        take_down(self.state)

    def __enter__(self) -> "SimulatedLab":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()
