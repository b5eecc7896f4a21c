"""`destroy` leaves a Mac as it was found: a bare one byte for byte, one that had a machine with that machine."""

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import MORE, fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
BARE, HAD, KILLED = "mac-01", "mac-02", "mac-03"
ALLOWED = ("private/var/folders", "proc", "dev", "sys", ".sim", ".host")
"""What may differ: macOS's own folders for temporary files (podman leaves its logs there); the sandbox's own places."""
DROP_IN = ".config/containers/containers.conf.d/50-carbon-fleet.conf"
NOTE = "/etc/motd.d/carbon.conf"
POWER = "Library/Preferences/com.apple.PowerManagement.sim"
TMP = 'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)" PATH="/opt/homebrew/bin:$PATH";'
HAVE = f"""{TMP} mkdir -p {Path(DROP_IN).parent} &&
printf '# Written by carbon-fleet, once\\n[machine]\\nprovider = "libkrun"\\n' >{DROP_IN} &&
brew install podman >/dev/null && brew tap libkrun/krun && brew trust libkrun/krun && brew install krunkit >/dev/null &&
podman machine init --cpus 1 --memory 1536 --disk-size 20 --rootful --volume /Users:/Users --volume /private:/private \
  --volume /var/folders:/var/folders carbon && podman machine start carbon"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=3, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def tree(mac: SimulatedMac) -> dict[str, str]:
    """Every path of a Mac's disk → kind, mode and content."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(mac.root):
        where = Path(folder)
        folders[:] = [name for name in folders if not _allowed((where / name).relative_to(mac.root))]
        for name in (*folders, *files):
            path = where / name
            if not _allowed(path.relative_to(mac.root)):
                found[str(path.relative_to(mac.root))] = _told(path)
    return found


def _allowed(path: Path) -> bool:
    return any(str(path) == place or str(path).startswith(f"{place}/") for place in ALLOWED)


def _told(path: Path) -> str:
    entry = path.lstat()
    if stat.S_ISLNK(entry.st_mode):
        return f"link {path.readlink()}"
    if stat.S_ISREG(entry.st_mode):
        content = b"a disk" if path.suffix == ".raw" else path.read_bytes()
        return f"file {stat.S_IMODE(entry.st_mode):o} {hashlib.sha256(content).hexdigest()}"
    return f"{stat.S_IFMT(entry.st_mode):o} {stat.S_IMODE(entry.st_mode):o}"


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted({*before, *after})
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


@pytest.fixture(scope="module")
def found(lab: SimulatedLab) -> dict[str, dict[str, str]]:
    """The disks before carbon-fleet came, one of them of a Mac that has podman and a machine."""
    ran = lab.mac(HAD).ssh(HAVE)
    assert ran.returncode == 0, ran
    in_guest(lab, f"mkdir -p /etc/motd.d && echo of ours >{NOTE} && podman volume create theirs")
    return {mac.name: tree(mac) for mac in lab.macs}


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, found: dict[str, dict[str, str]]) -> str:
    note = MORE["guest"]["files"][NOTE] | {"overwrite": True}
    guest_wish = MORE["guest"] | {"files": MORE["guest"]["files"] | {NOTE: note}}
    path = lab_file(lab, **{**MORE, "guest": guest_wish})
    fleet("apply", path, expect=0)
    return path


def in_guest(lab: SimulatedLab, command: str) -> str:
    ran = guest(lab, HAD, command)
    assert ran.returncode == 0, ran
    return ran.stdout


def outcome(report: dict[str, object]) -> object:
    return report["macs"][0]["outcome"]  # type: ignore[index]


def test_nobody_who_can_be_asked_nothing_done(file: str) -> None:
    command = [sys.executable, "-m", "carbon_fleet", "destroy", file]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert (ran.returncode, "--yes" in ran.stderr) == (64, True)


def test_volumes_go_only_with_consent_and_else_nothing_does(lab: SimulatedLab, file: str) -> None:
    assert guest(lab, BARE, "podman volume create data").returncode == 0
    report = fleet("destroy", file, BARE, "--yes", expect=3)
    (failure,) = report["macs"][0]["failures"]
    assert (failure["code"], "volume data" in failure["what"]) == ("CONSENT_MISSING", True)
    assert report["macs"][0]["changes"] == []


def test_a_bare_mac_is_bare_again(lab: SimulatedLab, file: str, found: dict[str, dict[str, str]]) -> None:
    assert changed(found[BARE], tree(lab.mac(BARE))), "or there would be nothing to show"
    looked = fleet("verify", file, "--limit", BARE, "--tier", "gone", expect=100)
    no_daemon = 1  # this lab wishes none
    assert (looked["macs"][0]["tests"]["passed"], looked["macs"][0]["tests"]["failed"]) == (no_daemon, 10)
    report = fleet("destroy", file, BARE, "--delete-volumes", "--yes", expect=0)
    assert (outcome(report), report["macs"][0]["tests"]["failed"]) == ("changed", 0)
    assert report["macs"][0]["tests"]["passed"] > 6
    assert changed(found[BARE], tree(lab.mac(BARE))) == {}
    pmset = lab.mac(BARE).ssh("pmset -g custom").stdout
    assert " sleep                1\n" in pmset
    assert lab.mac(BARE).ssh("launchctl list").stdout == "PID\tStatus\tLabel\n"
    again = fleet("destroy", file, BARE, "--yes", expect=0)
    assert outcome(again) == "converged"
    assert changed(found[BARE], tree(lab.mac(BARE))) == {}, "not even a lock is left"


def test_what_was_there_before_stays(lab: SimulatedLab, file: str, found: dict[str, dict[str, str]]) -> None:
    mac = lab.mac(HAD)
    assert "a lab machine" in in_guest(lab, f"cat {NOTE}")
    report = fleet("destroy", file, HAD, "--yes", expect=0)
    assert (outcome(report), report["macs"][0]["tests"]["failed"]) == ("changed", 0)
    machine = "Users/lab/.config/containers/podman/machine/libkrun/carbon.json"
    left = changed(found[HAD], tree(mac))
    left.pop(machine, None)  # podman notes in it when it was stopped last
    assert left == {}
    said = mac.ssh(f"{TMP} podman machine inspect carbon --format '{{{{.Resources.CPUs}}}} {{{{.Resources.Memory}}}}'")
    assert said.stdout.split() == ["1", "1536"]
    assert in_guest(lab, f"cat {NOTE}") == "of ours\n"
    assert in_guest(lab, "podman volume ls -q").split() == ["theirs"]
    assert in_guest(lab, "ls /etc/containers/systemd; podman ps -aq; podman images | grep carbon-fleet || :") == ""
    assert guest(lab, HAD, "systemctl cat lab-note.service").returncode != 0


def test_what_nobody_noted_a_person_vouches_for_and_cut_off_anywhere_it_ends_the_same(
    lab: SimulatedLab, file: str, found: dict[str, dict[str, str]]
) -> None:
    """As after a carbon-fleet that kept no journal: all goes, and its power settings stay."""
    (lab.mac(KILLED).home / ".local/state/carbon-fleet/found-lab.json").unlink()
    (failure,) = fleet("destroy", file, KILLED, "--yes", expect=3)["macs"][0]["failures"]
    assert (failure["code"], f"--found-nothing {KILLED}" in failure["remedy"]) == ("FOUND_UNKNOWN", True)
    kills = 0
    while True:
        vouched = [] if kills else [KILLED]
        command = [sys.executable, "-m", "tests.sim.killed_destroy", file, KILLED, "3", *vouched]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if ran.returncode != -9:
            break
        kills += 1
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert 3 <= kills < 20
    fleet("destroy", file, KILLED, "--yes", expect=0)
    assert set(changed(found[KILLED], tree(lab.mac(KILLED)))) == {POWER}
