"""`matrix --try` on a modelled Mac with every runtime: what did not run is started, tried, stopped, and as it was.

The engines are stand-ins; that their starts are measured, waited for and undone is not.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from carbon_fleet.matrix.trying import image_for
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import engines, lima
from carbon_fleet.sim.faults import inject
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.spec import load_lab
from operations.image.recipe import Recipe
from tests.sim.runs import fleet, lab_file
from tests.sim.test_mac_lock import HOLD

pytestmark = [pytest.mark.sim, pytest.mark.timeout(300)]
MAC, OTHER = "mac-01", "mac-02"
"""The first has Podman machines, too; the second has not, so that its turns are few."""
OWN = "gpu"
PODMAN = "/opt/homebrew/bin/podman"
MACHINE = f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {PODMAN} machine'
DOCKER = "/Applications/Docker.app/Contents/Resources/bin/docker"
FOLDERS = (".lima/default", ".colima/_lima/colima")
TABLE = {
    "Docker Desktop": ("docker-desktop", "cannot compute", "no /dev/dri to give"),
    "Podman (applehv)": ("podman-applehv", "cannot compute", "no /dev/dri to give"),
    "Podman (libkrun CLI)": ("podman-libkrun", "not measured", "made up by the simulation"),
    "Podman + krunkit": ("podman-libkrun", "not measured", "made up by the simulation"),
    "Apple Container": ("apple-container", "cannot compute", "without a GPU"),
}
"""Each row of the Testing Summary this project began from: our runtime, and what is said of it on a modelled Mac.

Works and has a GPU there, of which no model may say so; that a model's devices come through Venus is asserted beside.
"""


Found = tuple[dict[str, dict[str, Any]], dict[str, Any]]
"""The entries by runtime, and the Mac's whole part of the Report."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """Macs with every runtime, each with the image, none of them running."""
    with SimulatedLab.up(macs=2, vm="modelled", state=tmp_path_factory.mktemp("try")) as running:
        running.mac(MAC).start_from("by-hand")
        recipe = image_for(load_lab(running.file, lab_sections()).mac(MAC))
        assert recipe is not None
        for mac in running.macs:
            _engines(mac, recipe)
        _machines(running.mac(MAC), recipe)
        yield running


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


@pytest.fixture
def other(lab: SimulatedLab) -> Iterator[SimulatedMac]:
    found = lab.mac(OTHER)
    yield found
    found.mend()
    (found.home / ".docker/run/docker.sock").unlink(missing_ok=True)
    engines.set_apple(found, running=False, kernel=True)
    for folder in FOLDERS:
        lima.alter(found, folder, status="Stopped")


def _engines(mac: SimulatedMac, recipe: Recipe) -> None:
    engines.add_docker(mac)
    engines.accept_docker(mac)
    engines.give_image(mac, "docker", recipe.tag, recipe.digest)
    said(mac, "/Applications/Docker.app/Contents/Resources/bin/docker desktop stop")
    engines.add_apple(mac)
    engines.give_image(mac, "apple", recipe.tag, recipe.digest)
    said(mac, "/opt/homebrew/bin/container system stop")
    lima.add_lima(mac, running=False)
    lima.add_colima(mac, running=False)
    for folder in FOLDERS:
        lima.alter(mac, folder, images={recipe.tag: recipe.digest})


def _machines(mac: SimulatedMac, recipe: Recipe) -> None:
    """The machine of the starting point, and one of the other provider, with the image in both."""
    text = f"FROM scratch\\nLABEL io.carbon-fleet.inputs={recipe.digest}\\n"
    said(mac, f"mkdir -p /tmp/i && printf '{text}' >/tmp/i/Containerfile")
    build = f"build -t {recipe.tag} -f Containerfile ."
    said(mac, f"cd /tmp/i && {PODMAN} --connection {OWN}-root {build}; {MACHINE} stop {OWN}")
    by = "export CONTAINERS_MACHINE_PROVIDER=applehv"
    said(mac, f"{by}; {MACHINE} init --cpus 2 --memory 2048 --disk-size 20 plain && {PODMAN} machine start plain")
    said(mac, f"{by}; cd /tmp/i && {PODMAN} --connection plain-root {build}; {MACHINE} stop plain")


def said(mac: SimulatedMac, command: str) -> str:
    ran = mac.ssh(command)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout.strip()


def tried(lab: SimulatedLab, name: str, *more: str, expect: int = 0) -> Found:
    (found,) = fleet("matrix", lab_file(lab), name, *more, expect=expect)["macs"]
    return {entry["runtime"]: entry for entry in found["measured"]["matrix"]["runtimes"]}, found


def running(mac: SimulatedMac) -> list[str]:
    """Which runtimes run now, asked of each by itself."""
    found = ["docker-desktop"] if (mac.home / ".docker/run/docker.sock").exists() else []
    for name, provider in ((OWN, "libkrun"), ("plain", "applehv")) if mac.name == MAC else ():
        by = f"export CONTAINERS_MACHINE_PROVIDER={provider}"
        if said(mac, f"{by}; {MACHINE} inspect --format '{{{{.State}}}}' {name}") == "running":
            found.append(f"podman-{provider}")
    if json.loads((mac.shared / "engines.json").read_text())["apple"]["running"]:
        found.append("apple-container")
    return [*found, *(folder for folder in FOLDERS if lima.known(mac, folder)["status"] == "Running")]


def calls(mac: SimulatedMac) -> list[list[str]]:
    return [json.loads(line)["argv"] for line in (mac.shared / "calls.jsonl").read_text().splitlines()]


def until(true: Callable[[], bool]) -> None:
    """Wait for what comes by itself; how long it may take is said once, here."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def all_tried(lab: SimulatedLab) -> Found:
    return tried(lab, MAC, "--try", "--yes")


def test_the_testing_summary_is_reproduced(all_tried: Found) -> None:
    entries, _ = all_tried
    for row, (runtime, verdict, why) in TABLE.items():
        entry = entries[runtime]
        assert entry["verdict"] == verdict, f"{row}: {entry}"
        assert why in entry["why"], f"{row}: {entry}"
        assert entry["version"], row
        assert entry["starts_in"] is not None, row
    venus = {name for name, entry in entries.items() if entry["through"] == "venus"}
    assert venus == {"podman-libkrun", "lima", "colima"}, "only what krunkit runs gave a Venus device"


def test_all_is_left_as_it_was_found(all_tried: Found, mac: SimulatedMac) -> None:
    assert (all_tried[1]["outcome"], all_tried[1]["failures"]) == ("measured", [])
    assert running(mac) == []
    config = mac.home / ".docker/config.json"
    assert not config.exists() or "currentContext" not in config.read_text()
    assert "written anew" not in (mac.home / ".colima/default/colima.yaml").read_text()
    assert not (mac.home / ".config/carbon-fleet/docker").exists()


def test_one_after_another_and_only_what_was_stopped(all_tried: Found, mac: SimulatedMac) -> None:
    turns = [
        f"{argv[0].rpartition('/')[2]} {word}"
        for argv in calls(mac)
        for word in ("start", "stop")
        if argv[0].rpartition("/")[2] in ("docker", "podman", "limactl", "colima", "container") and word in argv
    ]
    names = ("docker", "podman", "podman", "limactl", "colima", "container")
    assert turns[-12:] == [f"{name} {word}" for name in names for word in ("start", "stop")]


def test_the_model_runner_is_told_apart(lab: SimulatedLab, other: SimulatedMac) -> None:
    _, found = tried(lab, OTHER)
    assert found["measured"]["matrix"]["model_runner"]["state"] == "unknown"
    said(other, f"{DOCKER} desktop start")
    for runs, state in ((False, "off"), (True, "running")):
        known = json.loads((other.shared / "engines.json").read_text())
        known["docker"]["model_runner"] = runs
        (other.shared / "engines.json").write_text(json.dumps(known))
        runner = tried(lab, OTHER)[1]["measured"]["matrix"]["model_runner"]
        assert runner["state"] == state
    assert runner["backends"]["llama.cpp"].startswith("running")
    said(other, f"{DOCKER} desktop stop")


def test_what_does_not_start_says_why_and_what_does_not_stop_is_a_failure(
    lab: SimulatedLab, other: SimulatedMac
) -> None:
    inject(other, "engine-will-not-start")
    entries, found = tried(lab, OTHER, "--try", "--yes")
    for runtime in ("lima", "colima", "apple-container"):
        assert (entries[runtime]["verdict"], entries[runtime]["starts_in"]) == ("not measured", None)
        assert "it did not start: " in entries[runtime]["why"]
    assert (found["failures"], running(other)) == ([], [])
    other.mend()
    inject(other, "engine-will-not-stop")
    _, found = tried(lab, OTHER, "--try", "--yes", expect=4)
    assert {failure["code"] for failure in found["failures"]} == {"LEFT_RUNNING"}
    assert {failure["address"] for failure in found["failures"]} == {
        "docker-desktop",
        "lima",
        "colima",
        "apple-container",
    }
    assert "on the Mac: `colima stop --profile default`" in [failure["remedy"] for failure in found["failures"]]


@pytest.mark.parametrize(
    ("number", "fault", "where"),
    [(signal.SIGINT, "engine-start-waits", ["desktop", "start"]), (signal.SIGKILL, "gpu-hangs", ["nerdctl", "run"])],
)
def test_whatever_ends_the_run_the_mac_stops_what_was_started(
    lab: SimulatedLab, other: SimulatedMac, number: signal.Signals, fault: str, where: list[str]
) -> None:
    """On the way up, and with a container in it."""
    inject(other, fault)
    before = len(calls(other))
    command = [sys.executable, "-m", "carbon_fleet", "matrix", lab_file(lab), OTHER, "--try", "--yes", "--quiet"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    until(lambda: any(set(where) <= set(argv) for argv in calls(other)[before:]))
    began = where == ["nerdctl", "run"]
    assert (running(other) == [FOLDERS[0]]) is began
    os.kill(run.pid, number)
    run.communicate(timeout=60)
    assert run.returncode == (130 if number == signal.SIGINT else -9)
    stopped = "limactl" if began else "docker"
    until(lambda: any(argv[0].endswith(f"/{stopped}") and "stop" in argv for argv in calls(other)[before:]))
    until(lambda: running(other) == [])
    assert not began or any("rm" in argv and "carbon-fleet-matrix" in argv for argv in calls(other)[before:])


def test_what_a_person_started_in_the_meantime_is_neither_started_nor_stopped(
    lab: SimulatedLab, other: SimulatedMac
) -> None:
    state = other.home / FOLDERS[0] / "sim.json"
    running_then = json.dumps({**lima.known(other, FOLDERS[0]), "status": "Running"})
    before = len(calls(other))
    words = ["matrix", lab_file(lab), OTHER, "--try", "--yes", "--json", "--quiet"]
    command = [sys.executable, "-m", "tests.sim.late_lima", str(state), running_then, *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
    (found,) = json.loads(ran.stdout)["macs"]
    entries = {entry["runtime"]: entry for entry in found["measured"]["matrix"]["runtimes"]}
    assert (found["failures"], running(other)) == ([], [FOLDERS[0]])
    assert (entries["lima"]["starts_in"], entries["lima"]["through"]) == (None, "venus")
    assert entries["colima"]["starts_in"] is not None
    assert not any(argv[0].endswith("/limactl") and {"start", "stop"} & {*argv} for argv in calls(other)[before:])


def test_nobody_accepts_terms_or_a_kernel(lab: SimulatedLab, other: SimulatedMac) -> None:
    settings = other.home / "Library/Group Containers/group.com.docker/settings-store.json"
    accepted = settings.read_text()
    settings.write_text("{}")
    engines.set_apple(other, kernel=False)
    before = len(calls(other))
    entries, _ = tried(lab, OTHER, "--try", "--yes")
    assert "nobody has accepted its terms" in entries["docker-desktop"]["why"]
    assert not any("desktop" in argv for argv in calls(other)[before:])
    assert "default kernel not found" in entries["apple-container"]["why"]
    assert not any("--enable-kernel-install" in argv for argv in calls(other)[before:])
    settings.write_text(accepted)


def test_a_machine_that_runs_is_not_stopped_for_another(lab: SimulatedLab, mac: SimulatedMac) -> None:
    said(mac, f"{MACHINE} start {OWN}")
    entries, _ = tried(lab, MAC, "--try", "--yes")
    assert entries["podman-applehv"]["verdict"] == "not measured"
    assert f"the machine {OWN} runs, and podman runs one at a time" in entries["podman-applehv"]["why"]
    assert (entries["podman-libkrun"]["starts_in"], running(mac)) == (None, ["podman-libkrun"])
    said(mac, f"{MACHINE} stop {OWN}")


def test_nothing_is_started_without_consent_or_beside_somebody_else(lab: SimulatedLab, other: SimulatedMac) -> None:
    command = [sys.executable, "-m", "carbon_fleet", "matrix", lab_file(lab), OTHER, "--try"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert (ran.returncode, "add `--yes`" in ran.stderr) == (64, True)
    holder = [sys.executable, "-c", HOLD, str(lab.file)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        (found,) = fleet("matrix", lab_file(lab), MAC, "--try", "--yes", expect=3)["macs"]
        held.kill()
    assert [failure["code"] for failure in found["failures"]] == ["LOCK_HELD"]
    assert (running(other), running(lab.mac(MAC))) == ([], [])
