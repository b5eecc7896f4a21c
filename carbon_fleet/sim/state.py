"""Where a simulated lab keeps its state, and what is known about it there."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

KINDS = ("modelled", "real", "emulated")
"""What a lab's VMs can be."""


class SimError(Exception):
    """The lab cannot do that; the message says what is wrong, why, and what to run."""


@dataclass(frozen=True)
class MacAddress:
    """Where one simulated Mac's sshd listens: a loopback address and a port."""

    name: str
    host: str
    port: int


@dataclass(frozen=True)
class Description:
    """What `sim up` made: written once, so that a lab whose supervisor died comes up again as the same lab."""

    lab: str
    vm: str
    """One of KINDS."""
    shell: str
    """What /bin/sh is on the Macs: dash, bash, busybox or mksh."""
    macs: tuple[MacAddress, ...]
    itself: bool = False
    """Whether the Macs have carbon-fleet."""
    linux: tuple[MacAddress, ...] = ()
    """Its Linux hosts, beside the Macs."""


@dataclass(frozen=True)
class LabState:
    """The files of one lab below `directory`."""

    directory: Path

    @property
    def lab(self) -> str:
        """The lab's name."""
        return self.directory.name

    @property
    def file(self) -> Path:
        """The lab file for `carbon-fleet apply`."""
        return self.directory / "lab.yml"

    @property
    def key(self) -> Path:
        """The controller's private key."""
        return self.directory / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The Macs' host keys."""
        return self.directory / "known_hosts"

    @property
    def description_file(self) -> Path:
        """The Description as JSON."""
        return self.directory / "lab.json"

    @property
    def pid_file(self) -> Path:
        """The supervisor's process id and start time."""
        return self.directory / "supervisor.pid"

    @property
    def log(self) -> Path:
        """What the supervisor said."""
        return self.directory / "supervisor.log"

    def mac(self, name: str) -> Path:
        """A Mac's directory: `root/` is its /, `sim/` what its stand-ins and the supervisor share, `vms/` its VMs."""
        return self.directory / "macs" / name

    def describe(self) -> Description:
        """Read the Description; raises SimError when there is no such lab."""
        try:
            data = json.loads(self.description_file.read_text())
        except FileNotFoundError:
            raise SimError(
                f"there is no simulated lab {self.lab!r}: run `carbon-fleet sim up --lab {self.lab}`"
            ) from None
        macs, linux = (tuple(MacAddress(**one) for one in data.get(kind, ())) for kind in ("macs", "linux"))
        return Description(data["lab"], data["vm"], data["shell"], macs, data.get("itself", False), linux)

    def write_description(self, description: Description) -> None:
        """Keep the Description on disk."""
        self.description_file.write_text(json.dumps(asdict(description), indent=1) + "\n")


def state_home(override: Path | None = None) -> Path:
    """The directory all labs live in: `override`, else CARBON_SIM_STATE, else the XDG state directory."""
    if override is not None:
        return override.absolute()
    if given := os.environ.get("CARBON_SIM_STATE"):
        return Path(given).absolute()
    xdg = os.environ.get("XDG_STATE_HOME")
    return (Path(xdg) if xdg else Path.home() / ".local" / "state") / "carbon-fleet" / "sim"


def lab_states(home: Path) -> list[LabState]:
    """Every lab that `home` knows."""
    return [LabState(path.parent) for path in sorted(home.glob("*/lab.json"))]
