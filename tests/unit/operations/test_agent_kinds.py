"""Agents that are put there otherwise: the daemon that starts the machine at boot, the pull of a bundle."""

import base64
import plistlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from carbon_fleet.cli import app
from carbon_fleet.engine.ends import REMEDIES
from carbon_fleet.plan import Action
from operations.agent import Agent, daemon
from operations.agent.jobs import jobs
from tests.unit.operations.test_agent import BUNDLE, HOME, MAC, NONE, PATHS, file, findings, only, with_job

BOOT = Agent(autostart="boot")


def test_at_boot_it_is_a_daemon_that_runs_as_the_user_and_is_put_there_as_root() -> None:
    change = only(findings(replace(NONE, screen=False), BOOT))
    write, put = change.commands
    assert (change.address, change.action, write.argv[4]) == ("agent.boot", Action.CREATE, daemon.STAGED)
    job = plistlib.loads(base64.b64decode(write.stdin or ""))
    assert (job["UserName"], job["RunAtLoad"], job["AbandonProcessGroup"]) == ("lab", True, True)
    assert (job["Label"], "KeepAlive" in job) == ("io.carbon-fleet.boot", False)
    staged = f"{HOME}/.local/state/carbon-fleet/io.carbon-fleet.boot.plist"
    assert put.argv[4:] == ("put", "io.carbon-fleet.boot", PATHS["boot"], staged)
    assert put.codes == {77: "AGENT_NEEDS_ADMIN"}
    assert set(put.codes.values()) <= set(REMEDIES)
    there = with_job(NONE, "boot", file=file("boot", base64.b64decode(write.stdin or "")), loaded=True)
    assert findings(replace(there, screen=False), BOOT) == [], "nobody has to be at the screen"
    lost = only(findings(with_job(there, "boot", loaded=False), BOOT))
    assert [one.name for one in lost.attributes] == ["loaded"]
    gone = only(findings(there, Agent()))
    assert (gone.address, gone.action, gone.commands[0].argv[4]) == ("agent.boot", Action.DELETE, "remove")


def test_the_pull_of_a_bundle_has_no_branch_and_says_who_vouches() -> None:
    words = jobs(Agent(pull=BUNDLE), NONE, MAC)["pull"]["ProgramArguments"][9:]
    assert "--branch" not in words
    assert words[words.index("--ca") + 1] == f"{HOME}/ca.pem"
    command: Any = typer.main.get_command(app)
    typed = command.commands["agent"].commands["pull"].make_context("pull", words).params
    assert (typed["source"], typed["ca"]) == (BUNDLE.url, Path(f"{HOME}/ca.pem"))
