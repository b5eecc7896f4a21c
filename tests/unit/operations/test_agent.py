import plistlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from carbon_fleet.cli import app
from carbon_fleet.plan import Action, Change, Finding, Notice, Refusal, World
from carbon_fleet.snapshot import Section, Snapshot, Unreadable, read_snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.snapshot.wire import HEADER
from carbon_fleet.spec import Duration, Mac
from operations.agent import RESOURCE, Agent, AgentSeen, DriftAgent, JobSeen, PullAgent, differences, read
from operations.agent.jobs import jobs, share, text
from operations.homebrew import Homebrew
from operations.machine import Machine

HOME, TEMPORARY = "/Users/lab", "/var/folders/zz/x/T/"
MAC = Mac("mac-01", sections={"homebrew": Homebrew(), "machine": Machine()})
PROGRAM, LAB = "~/.local/bin/carbon-fleet", "~/.config/carbon-fleet/lab.yml"
SIGNERS = "~/.config/carbon-fleet/allowed_signers"
CA = "~/ca.pem"
PULL = PullAgent(url="https://git.example/lab.git")
BUNDLE = PullAgent(url="https://www.example/lab.tar", ca=CA)
ALL = Agent(autostart="login", drift=DriftAgent(), pull=PULL)
PATHS = {name: f"{HOME}/Library/LaunchAgents/io.carbon-fleet.{name}.plist" for name in ("autostart", "drift", "pull")}
PATHS["boot"] = "/Library/LaunchDaemons/io.carbon-fleet.boot.plist"
NONE = AgentSeen(
    {name: JobSeen(FileSeen(path)) for name, path in PATHS.items()},
    user="lab",
    home=HOME,
    temporary=TEMPORARY,
    there=frozenset({PROGRAM, LAB, SIGNERS, CA}),
)


def file(name: str, content: bytes, mode: str = "0644") -> FileSeen:
    return FileSeen(PATHS[name], "regular", mode, "lab", "staff", content)


def as_wished() -> AgentSeen:
    made = jobs(ALL, NONE, MAC)
    there = {name: JobSeen(file(name, text(job).encode()), loaded=True) for name, job in made.items()}
    return replace(NONE, jobs={**NONE.jobs, **there})


def with_job(seen: AgentSeen, name: str, **more: Any) -> AgentSeen:
    return replace(seen, jobs={**seen.jobs, name: replace(seen.jobs[name], **more)})


def edited(seen: AgentSeen, name: str, **more: Any) -> AgentSeen:
    job = {**plistlib.loads(seen.jobs[name].file.content), **more}
    kept = {key: value for key, value in job.items() if value is not None}
    return with_job(seen, name, file=file(name, plistlib.dumps(kept)))


def findings(seen: AgentSeen, wanted: Agent = ALL) -> list[Finding]:
    return list(differences(wanted, seen, World(MAC, Snapshot("mac-01"))))


def only(found: Sequence[Finding]) -> Change:
    (change,) = found
    assert isinstance(change, Change)
    return change


def says(change: Change) -> list[str]:
    return [command.says for command in change.commands]


def test_nothing_is_managed_and_nothing_is_there() -> None:
    assert findings(NONE, Agent()) == []


def test_what_is_missing_is_written_checked_and_loaded() -> None:
    first, second, third = findings(NONE)
    assert isinstance(first, Change)
    assert isinstance(second, Change)
    assert isinstance(third, Change)
    assert (first.address, first.action) == ("agent.autostart", Action.CREATE)
    assert (second.address, third.address) == ("agent.drift", "agent.pull")
    assert says(first) == [f"write {PATHS['autostart']}", "launchctl bootstrap io.carbon-fleet.autostart"]
    assert first.commands[1].argv[4:] == ("gui/501", "io.carbon-fleet.autostart", PATHS["autostart"], "yes")


def test_the_start_at_login_is_what_podman_needs() -> None:
    job = jobs(ALL, NONE, MAC)["autostart"]
    assert (job["RunAtLoad"], job["AbandonProcessGroup"], job["ProcessType"]) == (True, True, "Interactive")
    assert "KeepAlive" not in job
    assert job["EnvironmentVariables"] == {
        "PATH": "/opt/homebrew/bin:/opt/homebrew/sbin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": HOME,
        "TMPDIR": TEMPORARY,
        "CONTAINERS_MACHINE_PROVIDER": "libkrun",
    }
    words = ["carbon", "libkrun", "300", "/opt/homebrew/bin/podman", "machine", "start", "carbon"]
    assert job["ProgramArguments"][4:] == words


def test_the_look_for_drift_waits_its_share() -> None:
    job = jobs(Agent(drift=DriftAgent(every=Duration("2h"))), NONE, MAC)["drift"]
    assert job["StartInterval"] == 7200
    assert job["RunAtLoad"] is False
    words = [f"{HOME}/.local/bin/carbon-fleet", "drift", f"{HOME}/.config/carbon-fleet/lab.yml", "--limit", "mac-01"]
    assert job["ProgramArguments"][4:] == ["drift", str(share(MAC, 600)), *words, "--json", "--quiet"]
    shares = {share(replace(MAC, name=f"mac-{number:02}"), 600) for number in range(60)}
    assert len(shares) > 50
    assert all(0 <= one < 600 for one in shares)
    assert share(MAC, 0) == 0


def test_the_pull_says_all_of_it_and_is_what_the_command_line_takes() -> None:
    job = jobs(ALL, NONE, MAC)["pull"]
    assert (job["StartInterval"], job["RunAtLoad"], job["ProcessType"]) == (3600, False, "Background")
    name, wait, program, *words = job["ProgramArguments"][4:]
    assert (name, wait, program) == ("pull", str(share(MAC, 600)), f"{HOME}/.local/bin/carbon-fleet")
    where = ["--from", PULL.url, "--signers", f"{HOME}/.config/carbon-fleet/allowed_signers", "--file", "lab.yml"]
    told = ["--branch", "main", "--mac", "mac-01", "--window", "22:00-05:00", "--json", "--quiet"]
    assert words == ["agent", "pull", *where, *told]
    command: Any = typer.main.get_command(app)
    typed = command.commands["agent"].commands["pull"].make_context("pull", words[2:]).params
    assert (typed["source"], typed["window"], typed["mac"]) == (PULL.url, "22:00-05:00", "mac-01")


def test_a_mac_as_wished_has_nothing_to_say() -> None:
    assert findings(as_wished()) == []


def test_the_same_list_written_otherwise_is_the_same() -> None:
    seen = as_wished()
    other = plistlib.dumps(plistlib.loads(seen.jobs["drift"].file.content), fmt=plistlib.FMT_BINARY)
    assert findings(with_job(seen, "drift", file=file("drift", other))) == []


DRIFT: list[tuple[str, dict[str, Any], tuple[str, Any, Any]]] = [
    ("autostart", {"AbandonProcessGroup": None}, ("AbandonProcessGroup", None, "True")),
    ("autostart", {"KeepAlive": True}, ("KeepAlive", "True", None)),
    ("autostart", {"RunAtLoad": False}, ("RunAtLoad", "False", "True")),
    ("drift", {"StartInterval": 60}, ("StartInterval", "60", "3600")),
    ("pull", {"StartInterval": 60}, ("StartInterval", "60", "3600")),
    ("pull", {"ProgramArguments": ["true"]}, ("ProgramArguments", "true", None)),
    ("drift", {"ProgramArguments": ["true"]}, ("ProgramArguments", "true", None)),
]


@pytest.mark.parametrize(("name", "more", "attribute"), DRIFT, ids=[f"{row[0]} {row[2][0]}" for row in DRIFT])
def test_each_key_is_seen_and_mended(name: str, more: dict[str, Any], attribute: tuple[str, Any, Any]) -> None:
    change = only(findings(edited(as_wished(), name, **more)))
    (found,) = change.attributes
    assert (change.address, change.action) == (f"agent.{name}", Action.UPDATE)
    assert (found.name, found.before) == attribute[:2]
    assert attribute[2] in (found.after, None)
    unload, write, load = says(change)
    label = f"io.carbon-fleet.{name}"
    assert unload == f"launchctl bootout gui/501/{label}", "what is loaded is what lies there"
    assert (write, load) == (f"write {PATHS[name]}", f"launchctl bootstrap {label}")


def test_each_variable_is_seen_by_itself() -> None:
    seen = as_wished()
    env = {**jobs(ALL, NONE, MAC)["drift"]["EnvironmentVariables"], "TMPDIR": "/tmp"}
    (found,) = only(findings(edited(seen, "drift", EnvironmentVariables=env))).attributes
    assert (found.name, found.before, found.after) == ("EnvironmentVariables.TMPDIR", "/tmp", TEMPORARY)


@pytest.mark.parametrize(
    ("more", "attribute", "commands"),
    [
        ({"loaded": False}, ("loaded", False, True), ["launchctl bootstrap io.carbon-fleet.drift"]),
        ({"disabled": True}, ("disabled", True, False), ["launchctl bootstrap io.carbon-fleet.drift"]),
    ],
)
def test_launchd_is_told_again(more: dict[str, Any], attribute: tuple[Any, ...], commands: list[str]) -> None:
    change = only(findings(with_job(as_wished(), "drift", **more)))
    (found,) = change.attributes
    assert (found.name, found.before, found.after) == attribute
    assert says(change) == commands


def test_mode_and_rubbish_are_seen() -> None:
    seen = as_wished()
    content = seen.jobs["drift"].file.content
    (mode,) = only(findings(with_job(seen, "drift", file=file("drift", content, "0666")))).attributes
    assert (mode.name, mode.before, mode.after) == ("mode", "0666", "0644")
    for rubbish in (b"", b"<plist>", b"\xff\x00", plistlib.dumps([1])):
        (found,) = only(findings(with_job(seen, "drift", file=file("drift", rubbish)))).attributes
        assert (found.name, found.before) == ("file", "not a property list")


def test_nobody_at_the_screen_is_no_difference_but_is_told() -> None:
    seen = replace(as_wished(), screen=False)
    seen = replace(seen, jobs={name: replace(job, loaded=False) for name, job in seen.jobs.items()})
    (notice,) = findings(seen)
    assert isinstance(notice, Notice)
    assert notice.code == "AGENT_AFTER_LOGIN"
    first = findings(replace(NONE, screen=False))[0]
    assert isinstance(first, Change)
    assert first.commands[1].argv[4:] == ("user/501", "io.carbon-fleet.autostart", PATHS["autostart"], "no")


def test_what_nobody_wishes_is_taken_away() -> None:
    change = only(findings(as_wished(), Agent(autostart="login", pull=PULL)))
    assert (change.address, change.action) == ("agent.drift", Action.DELETE)
    assert says(change) == ["launchctl bootout gui/501/io.carbon-fleet.drift", "remove the agent io.carbon-fleet.drift"]


LACKS = [(PROGRAM, "drift"), (LAB, "drift"), (PROGRAM, "pull"), (SIGNERS, "pull"), (CA, "pull")]
CODES = {PROGRAM: "AGENT_PROGRAM_MISSING", LAB: "AGENT_LAB_MISSING", SIGNERS: "AGENT_SIGNERS_MISSING"}
CODES |= {CA: "AGENT_CA_MISSING"}


@pytest.mark.parametrize(("lacks", "name"), LACKS)
def test_what_the_agents_need_has_to_be_there(lacks: str, name: str) -> None:
    code, wanted = CODES[lacks], Agent(drift=DriftAgent()) if name == "drift" else Agent(pull=BUNDLE)
    (refusal,) = findings(replace(NONE, there=NONE.there - {lacks}), wanted)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert lacks in refusal.what
    assert refusal.address.startswith(f"agent.{name}.")


def test_a_link_somebody_made_is_left_alone() -> None:
    (refusal,) = findings(with_job(as_wished(), "autostart", file=FileSeen(PATHS["autostart"], "link")))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "FILE_NOT_REGULAR"


def section(*lines: str) -> Section:
    files = [f"file=absent {path}" for path in PATHS.values()]
    told = [HEADER, "%section agent", *files, *lines, "%end agent 0", "%guest absent", "%done"]
    return read_snapshot("mac-01", told).section("agent")


ASKED = ("asked=yes", "uid=501", "user=lab", f"home={HOME}", f"temporary={TEMPORARY}")
DISABLED = (
    *("%block disabled", '|\t\t"io.carbon-fleet.drift" => disabled', '|\t\t"x" => enabled', "%status disabled 0"),
    *("%block disabled_system", '|\t\t"com.apple.x" => enabled', "%status disabled_system 0"),
)


def test_the_section_is_typed() -> None:
    loaded = ("loaded=autostart 0", "loaded=drift 113", "loaded=pull 113", "loaded=boot 0")
    seen = read(section(*ASKED, "screen=0", *loaded, "there=~/a", *DISABLED))
    assert (seen.uid, seen.home, seen.temporary, seen.screen) == (501, HOME, TEMPORARY, True)
    assert seen.there == frozenset({"~/a"})
    assert [(job.loaded, job.disabled) for job in seen.jobs.values()] == [
        (True, False),
        (False, True),
        (False, False),
        (True, False),
    ]


@pytest.mark.parametrize("status", ["112", "125"])
def test_no_domain_is_nobody_at_the_screen(status: str) -> None:
    lines = (f"screen={status}", f"loaded=autostart {status}", "loaded=drift 113", *DISABLED)
    assert not read(section(*ASKED, *lines)).screen


@pytest.mark.parametrize(
    "lines",
    [
        ("asked=yes",),
        (*ASKED, "screen=124", "loaded=autostart 0", "loaded=drift 0", *DISABLED),
        (*ASKED, "screen=0", "loaded=autostart 64", "loaded=drift 0", *DISABLED),
        (*ASKED, "screen=0", "loaded=autostart 0", "loaded=drift 0", "%block disabled", "%status disabled 124"),
    ],
)
def test_what_is_no_answer_is_unreadable(lines: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable):
        read(section(*lines))


def test_a_lab_that_manages_nothing_asks_nothing() -> None:
    files = ("CF_AGENT_PROGRAM", "CF_AGENT_LAB", "CF_AGENT_PULL_PROGRAM", "CF_AGENT_SIGNERS", "CF_AGENT_CA")
    assert RESOURCE.asks(Agent(), MAC) == {"CF_AGENT_ASKED": "no", **dict.fromkeys(files, "")}
    assert RESOURCE.asks(ALL, MAC)["CF_AGENT_PROGRAM"] == PROGRAM
    assert RESOURCE.asks(Agent(pull=PULL), MAC)["CF_AGENT_SIGNERS"] == SIGNERS


def test_agents_come_and_go_one_by_one() -> None:
    assert set(RESOURCE.parts(ALL, MAC)) == {"agent.autostart", "agent.drift", "agent.pull"}
    assert set(RESOURCE.parts(Agent(autostart="login"), MAC)) == {"agent.autostart"}


def test_the_templates_are_property_lists() -> None:
    folder = Path(__file__).parents[3] / "files" / "launchd"
    names = [plistlib.loads(path.read_bytes())["Label"] for path in sorted(folder.glob("*.plist"))]
    assert names == [f"io.carbon-fleet.{name}" for name in ("autostart", "boot", "drift", "pull")]
