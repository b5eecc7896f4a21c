"""The LaunchAgents the lab file wants: what their files say, and that launchd has them."""

from itertools import pairwise

import pytest
from testinfra.host import Host

from carbon_fleet.verify.answers import document
from carbon_fleet.verify.wish import LaunchAgent

APPLY = "run `carbon-fleet apply {lab} --limit {mac}`"


def _job(mac: Host, agent: LaunchAgent) -> dict[str, object]:
    place = "%s" if agent.daemon else '"$HOME"/%s'
    said = mac.run(f"plutil -convert json -o - {place}", agent.path)
    assert said.rc == 0, f"~/{agent.path} is no property list: {said.stderr.strip() or said.stdout.strip()}"
    job: dict[str, object] = document(said)
    return job


@pytest.mark.remedy(APPLY)
def test_agent_says_when(mac: Host, launch_agent: LaunchAgent) -> None:
    job = _job(mac, launch_agent)
    assert job["Label"] == launch_agent.label, f"its label is {job['Label']}"
    assert "KeepAlive" not in job, "it would be started again and again"
    if launch_agent.interval is None:
        assert job.get("RunAtLoad") is True, "it does not run at login"
        assert job.get("AbandonProcessGroup") is True, "launchd would end the machine it started"
        if launch_agent.daemon:
            user = mac.check_output("id -un")
            assert job.get("UserName") == user, f"it runs as {job.get('UserName', 'root')}, and has to as {user}"
    else:
        every = job.get("StartInterval")
        assert every == launch_agent.interval, f"it runs every {every} s; the lab wants {launch_agent.interval}"
    words = [str(word) for word in job.get("ProgramArguments", [])]  # type: ignore[attr-defined]
    for option, value in launch_agent.says:
        assert (option, value) in pairwise(words), f"it does not say `{option} {value}`"


@pytest.mark.remedy(APPLY)
def test_agent_has_what_podman_goes_by(mac: Host, launch_agent: LaunchAgent) -> None:
    said = _job(mac, launch_agent).get("EnvironmentVariables")
    assert isinstance(said, dict), "it has no variables: launchd gives it no Homebrew on PATH"
    home, temporary = mac.check_output('printf %s "$HOME"'), mac.check_output("getconf DARWIN_USER_TEMP_DIR")
    wanted = {"HOME": home, "TMPDIR": temporary, "CONTAINERS_MACHINE_PROVIDER": "libkrun"}
    for name, value in wanted.items():
        assert said.get(name) == value, f"{name} is {said.get(name)!r} in it, and has to be {value!r}"
    first = str(said.get("PATH", "")).partition(":")[0]
    assert mac.run("test -x %s/podman", first).rc == 0, f"podman is not in {first}, the first of its PATH"


@pytest.mark.remedy(APPLY)
def test_agent_is_loaded(mac: Host, launch_agent: LaunchAgent) -> None:
    domain = "system" if launch_agent.daemon else f"gui/{mac.check_output('id -u')}"
    if mac.run("launchctl print %s", domain).rc != 0:
        pytest.skip("nobody is logged in at the screen: launchd loads agents at the login")
    said = mac.run("launchctl print %s", f"{domain}/{launch_agent.label}")
    assert said.rc == 0, f"launchd does not have it: {said.stderr.strip()}"
    assert f"/{launch_agent.path.lstrip('/')}" in said.stdout, (
        f"launchd has another file of this label: {said.stdout[:200]}"
    )


@pytest.mark.remedy("run `launchctl enable gui/UID/LABEL` on the Mac, or `carbon-fleet apply {lab} --limit {mac}`")
def test_agent_is_not_disabled(mac: Host, launch_agent: LaunchAgent) -> None:
    domain = "system" if launch_agent.daemon else f"user/{mac.check_output('id -u')}"
    listed = mac.check_output("launchctl print-disabled %s", domain)
    states = dict(line.strip().split(" => ", 1) for line in listed.splitlines() if " => " in line)
    state = states.get(f'"{launch_agent.label}"', "enabled")
    assert state in ("enabled", "false"), "somebody disabled it: launchd leaves it out at the next login"
