"""The LaunchAgent of each container: `container` restarts nothing by itself, neither after an end nor after a boot.

launchd.plist(5). The job's program is `container start --attach`, which ends as the container ends and with its status
(apple/container, `ContainerStart.swift`): so KeepAlive is `restart: always`, and its SuccessfulExit `on-failure`. The
session types are those the services of `container` itself are registered for (`SystemStart.swift`): an agent without
any cannot be loaded for a user who is only there by ssh.
"""

import hashlib
import plistlib
from typing import Any

from carbon_fleet.plan import shell
from carbon_fleet.spec import Mac
from operations.apple_container.commands import text
from operations.homebrew.wish import Homebrew
from operations.render.workload import Workload

PREFIX = "io.carbon-fleet.container."
MARK = "CARBON_FLEET_JOB"
"""The variable by which a loaded job tells what it was made from."""


def label(container: str) -> str:
    """What launchd calls the job of a container."""
    return f"{PREFIX}{container}"


def path(container: str) -> str:
    """Where its property list lies."""
    return f"~/Library/LaunchAgents/{label(container)}.plist"


def digest(workload: Workload, mac: Mac) -> str:
    """Sixteen hex digits of all that its property list says."""
    return hashlib.sha256(plistlib.dumps(_job(workload, mac))).hexdigest()[:16]


def plist(workload: Workload, mac: Mac) -> str:
    """The text of a container's property list."""
    job = _job(workload, mac)
    job["EnvironmentVariables"] = {**job["EnvironmentVariables"], MARK: digest(workload, mac)}
    return plistlib.dumps(job).decode()


def _job(workload: Workload, mac: Mac) -> dict[str, Any]:
    prefix = mac.section("homebrew", Homebrew).prefix
    job: dict[str, Any] = {
        "Label": label(workload.container),
        "ProgramArguments": list(shell(_program(), workload.container)),
        "EnvironmentVariables": {"PATH": f"{prefix}/bin:{prefix}/sbin:/usr/bin:/bin:/usr/sbin:/sbin"},
        "RunAtLoad": True,
        "LimitLoadToSessionType": ["Aqua", "Background"],
    }
    if workload.restart != "no":
        job["KeepAlive"] = True if workload.restart == "always" else {"SuccessfulExit": False}
    return job


def _program() -> str:
    """The script without its comments, but for the first line: it stands in every process list."""
    head, _, rest = text("keep").partition("\n")
    lines = (line for line in rest.splitlines(keepends=True) if not line.lstrip().startswith("#"))
    return f"{head}\n{''.join(lines)}"
