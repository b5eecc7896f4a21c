"""The Debian packages the simulated lab, and its tests, need on this machine, each with its why.

`python -m carbon_fleet.sim.packages [--tests]` prints the missing ones, one a line: the name, a tab, the reason.
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
"""Package name to the reason the lab needs it."""
TEST_PACKAGES: dict[str, str] = {
    "busybox": "is one of the shells every script for a Mac is tried in",
    "chromium": "looks at the pages the stacks serve and carbon-fleet writes",
    "curl": "fetches the driver's sources in a test of the build, as the build does",
    "git": "is what taps are cloned with where downloads of a simulated Mac are real",
    "iproute2": "makes the network of a Mac that reaches its mirror and nothing else",
    "mksh": "is one of the shells every script for a Mac is tried in",
    "patch": "applies the driver's patch in a test, as the build does",
}
"""Package name to the reason only the tests need it."""


def missing(wanted: dict[str, str] = PACKAGES) -> list[str]:
    """Names of `wanted` that dpkg does not report as installed, sorted. Everything, where there is no dpkg."""
    return [name for name in sorted(wanted) if not _installed(name)]


def _installed(name: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"
    except FileNotFoundError:
        return False


def main(arguments: list[str]) -> int:
    """Print what is missing. Exit status 0 always: nothing missing is an empty output."""
    wanted = PACKAGES | TEST_PACKAGES if "--tests" in arguments else PACKAGES
    for name in missing(wanted):
        sys.stdout.write(f"{name}\t{wanted[name]}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
