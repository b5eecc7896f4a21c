"""The machine at boot: a LaunchDaemon that runs as the login user, and is put there as root.

launchd.plist(5), UserName: launchd, which is root, starts the program as that user, whether anybody is logged in or
not. The file has to be root's. Where sudo asks for a password nothing is done, and what an administrator has to type is
told: a line for sudoers that lets an account put LaunchDaemons there would make that account root.
"""

from collections.abc import Iterator

from carbon_fleet import assets
from carbon_fleet.plan import Attribute, Command, Where, mac, shell
from carbon_fleet.plan.files import FileWish, write_file
from operations.agent.seen import PREFIX, AgentSeen, JobSeen

DAEMON = "boot"
LABEL = f"{PREFIX}{DAEMON}"
STAGED = f"~/.local/state/carbon-fleet/{LABEL}.plist"
NEEDS_ADMIN = 77
SECONDS = 60


def loaded(found: JobSeen) -> Iterator[Attribute]:
    """How launchd has it otherwise than it should; nobody has to be at the screen for it."""
    if found.disabled:
        yield Attribute("disabled", True, False)
    if not found.loaded:
        yield Attribute("loaded", False, True)


def put(content: str, found: JobSeen, seen: AgentSeen, mode: str) -> tuple[Command, ...]:
    """The file beside its place, as the user; then it is root's, and launchd has it."""
    return write_file(FileWish(STAGED, content, mode), Where.MAC), _as_root("put", found, seen, "bootstrap system")


def remove(found: JobSeen, seen: AgentSeen) -> Command:
    """Out of launchd, and the file away."""
    return _as_root("remove", found, seen, "bootout system")


def _as_root(verb: str, found: JobSeen, seen: AgentSeen, says: str) -> Command:
    staged = f"{seen.home}/{STAGED[2:]}"
    argv = shell(assets.text("launchd/daemon.sh"), verb, LABEL, found.file.path, staged)
    codes = {NEEDS_ADMIN: "AGENT_NEEDS_ADMIN"}
    return mac(*argv, deadline=SECONDS, says=f"sudo launchctl {says} {LABEL}", codes=codes)
