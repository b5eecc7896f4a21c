"""The Debian packages the simulated lab needs on this machine, each with its why.

Standard library only: the setup scripts run `python3 -m carbon_fleet.sim.packages` (or this file itself) before the
project's environment exists. It prints the missing ones, one a line, and with `--why` the reason beside each.
"""

import subprocess
import sys

PACKAGES: dict[str, str] = {
    "bubblewrap": "runs the guest's own tools (GPU server, registry, network) without installing them here",
    "ca-certificates": "the certificates images built in the lab trust",
    "debian-archive-keyring": "checks the signatures of the Debian systems the lab is made of",
    "debootstrap": "makes the guest's root file system and the base image",
    "openssh-client": "speaks to the simulated Macs and their VMs",
    "openssh-server": "is the simulated Mac's Remote Login",
    "perl": "is the deadline of remote commands, as on a real Mac",
    "util-linux": "makes the namespaces a VM lives in",
}
"""Package name to the reason it is needed."""


def missing() -> list[str]:
    """Names of PACKAGES that dpkg does not report as installed, sorted. Everything, where there is no dpkg."""
    return [name for name in sorted(PACKAGES) if not _installed(name)]


def _installed(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"
    except FileNotFoundError:
        return False


def main(arguments: list[str]) -> int:
    """Print what is missing. Exit status 0 always: nothing missing is an empty output."""
    for name in missing():
        sys.stdout.write(f"{name}\t{PACKAGES[name]}\n" if "--why" in arguments else f"{name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
