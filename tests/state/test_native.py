"""Programs of stacks that launchd runs on the Mac itself, where stacks run so."""

import json
import plistlib
import shlex

import pytest
from testinfra.host import Host

from carbon_fleet.verify.wish import Job, Model

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")


def _pid(mac: Host, job: Job) -> str:
    uid = mac.check_output("id -u")
    said = mac.run("launchctl print %s", f"gui/{uid}/{job.label}")
    assert said.rc == 0, f"launchd does not have {job.label}"
    lines = (line.strip() for line in said.stdout.splitlines())
    return next((line.removeprefix("pid = ") for line in lines if line.startswith("pid = ")), "")


def test_native_program_is_what_its_stack_says(mac: Host, job: Job) -> None:
    said = mac.run("cat %s", f"{job.home}/Library/LaunchAgents/{job.label}.plist")
    assert said.rc == 0, f"there is no property list of {job.name}"
    assert plistlib.loads(said.stdout.encode()) == plistlib.loads(job.text.encode()), f"{job.name} is another program"


def test_native_program_runs(mac: Host, job: Job) -> None:
    pid = _pid(mac, job)
    assert pid or job.container.restart != "always", f"{job.name} does not run: {job.log} says why"
    if pid:
        note = mac.check_output("cat %s", f"{job.home}/.local/state/carbon-fleet/native/{job.name}.started")
        assert note.split()[:2] == [pid, job.running], f"{job.name} was started from another property list"


def test_native_program_works(mac: Host, job: Job) -> None:
    if job.asked and _pid(mac, job):
        said = mac.run(f"/bin/sh -c {shlex.quote(job.asked)}", deadline=job.patience)
        assert said.rc == 0, f"{job.name}: {(said.stdout or said.stderr).strip()}"


def test_native_program_tells_no_secret(mac: Host, job: Job) -> None:
    """Neither its property list nor its arguments hold the value of one."""
    pid, text = _pid(mac, job), json.dumps(plistlib.loads(job.text.encode()))
    shown = mac.check_output("ps -o command= -p %s", pid) if pid else ""
    for name in {secret.name for secret in job.workload.secrets}:
        value = mac.check_output("cat %s", f"{job.home}/.config/carbon-fleet/secrets/{name}")
        assert value not in text + shown, f"the secret {name} is told"


def test_native_model_is_whole(mac: Host, native_model: Model) -> None:
    place = f'"$HOME"/.local/share/carbon-fleet/models/{native_model.sha256}'
    said = mac.run(f"shasum -a 256 <{place}", deadline=900)
    assert said.stdout.split()[:1] == [native_model.sha256], "it is not there, or another file"
