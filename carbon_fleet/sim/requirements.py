"""What the machine must have before it can hold a simulated lab."""

import shutil
import subprocess
import sys
from pathlib import Path

from carbon_fleet.sim.state import SimError

_PROGRAMS = {
    "bwrap": "bubblewrap",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "perl": "perl",
    "dash": "dash",
}
_SSHD = Path("/usr/sbin/sshd")


def missing_packages() -> list[str]:
    """The Debian packages to install."""
    wanted = {package for program, package in _PROGRAMS.items() if not shutil.which(program)}
    if not _SSHD.exists():
        wanted.add("openssh-server")
    return sorted(wanted)


def check_machine() -> None:
    """Raise SimError, with the remedy, when this machine cannot hold a simulated lab."""
    if sys.platform != "linux":
        raise SimError("a simulated lab needs Linux (it is made of bubblewrap sandboxes): use a Debian machine or VM")
    if packages := missing_packages():
        raise SimError(f"a simulated lab needs {', '.join(packages)}: run `apt-get install {' '.join(packages)}`")
    probe = ["bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise SimError(
            f"this machine does not let bubblewrap make a sandbox ({tried.stderr.strip()}): allow user namespaces"
        )
