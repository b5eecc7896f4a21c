"""What a virtual machine of the simulated lab is, whichever way it is made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class VMError(Exception):
    """The VM could not be booted or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class VMSpec:
    """The wish for one VM. Everything it keeps lives below `directory`."""

    name: str
    """The Podman machine's name."""
    directory: Path
    """Everything of this VM lives below it (its disk); removing it removes the VM."""
    ssh_port: int
    """The guest's sshd listens on 127.0.0.1:ssh_port."""
    authorized_key: str
    """One public key line, accepted for root and core."""
    cpus: int
    memory_mib: int
    rootful: bool
    provider: str
    """libkrun or applehv: written to /etc/podman-machine in the guest; with applehv there is no /dev/dri.

    With nvidia it is no guest but a Linux host.
    """
    folders: tuple[tuple[Path, str], ...] = ()
    """Folders of this machine that the guest sees, each with its path there."""
    host_key: Path | None = None
    """The private key of its sshd (an ed25519 one, its public half beside it); left out, it makes its own."""


class VM(Protocol):
    """A VM that can be booted and stopped any number of times."""

    def boot(self) -> None:
        """Return when the guest's sshd answers. Raises VMError."""

    def stop(self, hard: bool = False) -> None:
        """Shut down; `hard` pulls the plug. No error when it is not running."""

    def running(self) -> bool:
        """Whether the guest runs now."""

    def init_pid(self) -> int | None:
        """This machine's process id of the guest's first process; None where it has none of its own."""
