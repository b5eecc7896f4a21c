"""A user's LaunchAgents in memory: every state the resource may meet, and what its commands do to one."""

import base64
import plistlib
from dataclasses import replace

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, shell
from carbon_fleet.snapshot.files import FileSeen
from operations.agent import Agent, AgentSeen, DriftAgent, JobSeen, PullAgent

HOME = "/Users/lab"
NAMES = ("autostart", "drift", "pull")
DAEMON = "/Library/LaunchDaemons/io.carbon-fleet.boot.plist"
PULL = PullAgent(url="https://git.example/lab.git")
PATHS = {name: f"{HOME}/Library/LaunchAgents/io.carbon-fleet.{name}.plist" for name in NAMES} | {"boot": DAEMON}
CONTENTS = st.sampled_from([b"", b"rubbish", plistlib.dumps({"Label": "x"}), plistlib.dumps({"KeepAlive": True})])


def strategy_wanted() -> st.SearchStrategy[Agent]:
    """Any wish of `agent:`."""
    drift, pull = st.none() | st.just(DriftAgent()), st.none() | st.just(PULL)
    return st.builds(Agent, autostart=st.sampled_from(["login", "boot", None]), drift=drift, pull=pull)


def strategy_seen() -> st.SearchStrategy[AgentSeen]:
    """Any Mac: files or none, loaded or not, disabled or not, with somebody at the screen or nobody."""
    jobs = st.fixed_dictionaries({name: _job(path) for name, path in PATHS.items()})
    there = frozenset({DriftAgent().program, DriftAgent().lab, PULL.signers})
    more = {"home": st.just(HOME), "temporary": st.just("/var/folders/x/T/"), "there": st.just(there)}
    return st.builds(AgentSeen, jobs=jobs, screen=st.booleans(), **more).map(_possible)


def _job(path: str) -> st.SearchStrategy[JobSeen]:
    modes = st.sampled_from(["0644", "0666", "0600"])
    there = st.builds(FileSeen, st.just(path), st.just("regular"), modes, content=CONTENTS)
    return st.builds(JobSeen, st.just(FileSeen(path)) | there, st.booleans(), st.booleans())


def _possible(seen: AgentSeen) -> AgentSeen:
    """With nobody at the screen nothing is loaded."""
    there = {name: seen.screen or name == "boot" for name in seen.jobs}
    jobs = {name: replace(job, loaded=job.loaded and there[name]) for name, job in seen.jobs.items()}
    return replace(seen, jobs=jobs)


def apply(seen: AgentSeen, change: Change) -> AgentSeen:
    """The agents after a Change's commands, each as its script does it."""
    name = change.address.removeprefix("agent.")
    job = seen.jobs[name]
    staged = b""
    for command in change.commands:
        script, words = command.argv[:4], command.argv[4:]
        if name == "boot":
            if script == shell(assets.text("write-file.sh")):
                staged = base64.b64decode(command.stdin or "")
            elif words[0] == "put":
                job = JobSeen(FileSeen(job.file.path, "regular", "0644", content=staged), loaded=True)
            else:
                job = JobSeen(FileSeen(job.file.path))
            continue
        if script == shell(assets.text("launchd/unload.sh")):
            job = replace(job, loaded=False)
        elif script == shell(assets.text("launchd/remove.sh")):
            assert not job.loaded, "an agent without its file stays in launchd"
            job = JobSeen(FileSeen(job.file.path))
        elif script == shell(assets.text("launchd/load.sh")):
            assert plistlib.loads(job.file.content)["Label"] == words[1]
            assert (words[3] == "yes") is seen.screen
            job = replace(job, loaded=seen.screen, disabled=False)
        else:
            assert script == shell(assets.text("write-file.sh"))
            assert not job.loaded, "what launchd has is another one than the file then"
            content = base64.b64decode(command.stdin or "")
            job = replace(job, file=FileSeen(words[0], "regular", words[1], content=content))
    return replace(seen, jobs={**seen.jobs, name: job})
