"""What keeps agents from a Mac, and what is to be known of them, in words for people."""

from collections.abc import Iterator

from carbon_fleet.plan import Notice, Refusal
from carbon_fleet.spec import Mac
from operations.agent.jobs import label
from operations.agent.seen import AgentSeen, JobSeen
from operations.agent.wish import Agent


def lacking(wanted: Agent, seen: AgentSeen, mac: Mac) -> Iterator[Refusal]:
    """What the agents could not run without, and is not there."""
    lab = f"put a lab file there in which {mac.name} has `host: local`, or write where it is"
    program = "install carbon-fleet on it (uv tool install), or write where it is"
    signers = "put the keys there of whoever may change this lab, or write where they are"
    needs: list[tuple[str, str, str, str]] = []
    if wanted.drift:
        needs += [("drift", "program", wanted.drift.program, program), ("drift", "lab", wanted.drift.lab, lab)]
    if wanted.pull:
        needs += [("pull", "program", wanted.pull.program, program), ("pull", "signers", wanted.pull.signers, signers)]
    if wanted.pull and wanted.pull.ca:
        certificates = "put the certificates there of whoever vouches for the server (PEM), or leave it out"
        needs += [("pull", "ca", wanted.pull.ca, certificates)]
    for name, key, path, remedy in needs:
        if path not in seen.there:
            yield Refusal(
                f"agent.{name}.{key}",
                f"AGENT_{key.upper()}_MISSING",
                f"`{path}` cannot be read on this Mac",
                f"the {name} agent runs carbon-fleet on its own Mac, by {WHY[name]}",
                f"{remedy}: `agent: {{{name}: {{{key}: PATH}}}}`",
            )


WHY = {"drift": "a lab file of its own", "pull": "a lab that somebody named there has signed"}


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
