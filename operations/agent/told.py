"""What keeps agents from a Mac, and what is to be known of them, in words for people."""

from collections.abc import Iterator

from carbon_fleet.plan import Notice, Refusal
from carbon_fleet.spec import Mac
from operations.agent.jobs import label
from operations.agent.seen import AgentSeen, JobSeen
from operations.agent.wish import DriftAgent


def lacking(drift: DriftAgent, seen: AgentSeen, mac: Mac) -> Iterator[Refusal]:
    """What the drift agent could not run without, and is not there."""
    lab = f"put a lab file there in which {mac.name} has `host: local`, or write where it is"
    program = "install carbon-fleet on it (uv tool install), or write where it is"
    pairs = (("program", drift.program, program), ("lab", drift.lab, lab))
    for key, path, remedy in pairs:
        if path not in seen.there:
            yield Refusal(
                f"agent.drift.{key}",
                f"AGENT_{key.upper()}_MISSING",
                f"`{path}` cannot be read on this Mac",
                "the drift agent runs carbon-fleet on its own Mac, by a lab file of its own",
                f"{remedy}: `agent: {{drift: {{{key}: PATH}}}}`",
            )


def not_ours(name: str, found: JobSeen) -> Refusal:
    """Something else than a file lies at an agent's place."""
    path = found.file.path
    return Refusal(
        f"agent.{name}",
        "FILE_NOT_REGULAR",
        f"`{path}` is a {found.file.kind}, not a regular file",
        "replacing it would destroy what somebody made on purpose",
        f"move it away: mv {path} {path}.before-carbon-fleet",
    )


def after_login(names: tuple[str, ...]) -> Notice:
    """Nobody is logged in at the screen."""
    return Notice(
        "agent",
        "AGENT_AFTER_LOGIN",
        f"nobody is logged in at this Mac's screen: launchd has not loaded {' and '.join(map(label, names))}",
        "launchd loads a user's agents at the login",
        "log in once, or turn on automatic login (System Settings, Users & Groups)",
    )
