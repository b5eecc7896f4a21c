"""files/machine/*.sh for real, under every kind of sh, with a podman of our own and real processes to clean up."""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.plan import Command, render
from carbon_fleet.snapshot import Guest
from carbon_fleet.spec import Duration
from operations.machine import Machine, read
from operations.machine import commands as podman
from operations.machine.seen import State
from tests.unit.operations.run_section import SHELLS
from tests.unit.operations.test_machine_section import Home

WANTED = Machine(image="quay.io/lab/os:1")
HASTY = Machine(start_timeout=Duration.parse("2s"))
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
SLEEPER = "#!/usr/bin/perl\nsleep 60;\n"
GONE = 'rm -f "$HOME/.config/containers/podman/machine/libkrun/carbon.json"'


class Mac(Home):
    """A home whose podman does what a test says, and whose krunkit and gvproxy are real processes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.bin / "ps").unlink()
        self.run = folder / "T/podman"
        self.run.mkdir(parents=True)
        self.json = self.config / "podman/machine/libkrun/carbon.json"
        self.mark = folder / ".local/state/carbon-fleet/machine/carbon.mark"
        for name in ("krunkit", "gvproxy"):
            (self.bin / name).write_text(SLEEPER)
            (self.bin / name).chmod(0o755)
        self.krunkit = f"{self.bin}/krunkit --device virtio-blk,path={self.data}/libkrun/carbon-arm64.raw"
        self.gvproxy = f"{self.bin}/gvproxy -listen-vfkit unixgram://{self.run}/carbon-gvproxy.sock"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, line: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(line.split())
        self.started.append(process)
        return process

    def does(self, command: Command, shell: tuple[str, ...] = ("sh", "-s")) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(self.folder), "PATH": f"{self.bin}:{os.defpath}", "TMPDIR": str(self.folder / "T")}
        argv = [*shell[:-1], "-c", *command.argv[2:]]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def mac(tmp_path: Path) -> Iterator[Mac]:
    made = Mac(tmp_path)
    yield made
    for process in made.started:
        process.kill()
        process.wait()


def making(mac: Mac, then: str = "") -> None:
    document = json.dumps({"Created": "today", "Name": "carbon", "Version": 1, "Starting": False})
    (mac.folder / "document").write_text(document)
    mac.podman(f'echo "$*" >"$HOME/asked"; cp "$HOME/document" "{mac.json}"; {then}')


@each_shell
def test_a_machine_is_made_and_noted(mac: Mac, shell: tuple[str, ...]) -> None:
    making(mac)
    done = mac.does(podman.create(WANTED), shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert (mac.folder / "asked").read_text().startswith("machine init --cpus 4 --memory 8192 ")
    assert not mac.mark.exists()
    assert mac.mark.with_suffix(".made").read_text() == "quay.io/lab/os:1\ntoday\n"


@pytest.mark.parametrize(
    ("image", "kept", "mirror", "digest"),
    [
        (None, ("9" * 64 + ".raw.zst",), None, "9" * 64),
        (None, ("9" * 64 + ".raw.zst", "podman-machine.aarch64.applehv.raw.zst"), None, "9" * 64),
        (None, ("9" * 64 + ".raw.zst", "8" * 64 + ".raw.zst"), None, ""),
        (None, ("9" * 64 + ".raw.zst",), "http://mirror.lan:8480", ""),
        ("quay.io/lab/os:1", ("9" * 64 + ".raw.zst",), None, ""),
        (f"quay.io/lab/os@sha256:{'7' * 64}", (), None, "7" * 64),
    ],
)
def test_the_digest_of_the_image_is_noted_where_something_tells_it(
    mac: Mac, image: str | None, kept: tuple[str, ...], mirror: str | None, digest: str
) -> None:
    making(mac)
    cache = mac.data / "libkrun/cache"
    cache.mkdir(parents=True)
    for name in kept:
        (cache / name).write_text("a disk")
    done = mac.does(podman.create(WANTED.model_copy(update={"image": image}), mirror))
    assert (done.returncode, done.stderr) == (0, "")
    assert mac.mark.with_suffix(".made").read_text() == f"{image or ''}\ntoday\n" + (f"{digest}\n" if digest else "")


@each_shell
def test_a_making_that_is_killed_leaves_its_note(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.podman('kill -KILL "$PPID"')
    assert mac.does(podman.create(WANTED), shell).returncode in (-9, 137)
    assert mac.mark.read_text() == "making\nquay.io/lab/os:1\n"
    making(mac, 'kill -KILL "$PPID"')
    mac.does(podman.create(WANTED), shell)
    assert mac.mark.exists()
    assert mac.does(podman.finish("carbon", "libkrun"), shell).returncode == 0
    assert not mac.mark.exists()
    assert mac.mark.with_suffix(".made").read_text() == "quay.io/lab/os:1\ntoday\n"


def test_a_machine_that_came_meanwhile_is_not_made_again(mac: Mac) -> None:
    mac.machine()
    done = mac.does(podman.create(WANTED))
    assert done.returncode == 75
    assert "is there already" in done.stderr
    assert mac.does(podman.clear("carbon", "libkrun")).returncode == 75


def test_a_making_that_fails_passes_its_status_on(mac: Mac) -> None:
    mac.podman("echo no such image >&2; exit 125")
    done = mac.does(podman.create(WANTED))
    assert (done.returncode, done.stderr) == (125, "no such image\n")
    assert mac.mark.exists()


@each_shell
@pytest.mark.parametrize(
    "podmans", ["exit 0", "echo 'Error: unable to start \"carbon\": already running' >&2; exit 125"]
)
def test_a_start_that_succeeds(mac: Mac, shell: tuple[str, ...], podmans: str) -> None:
    mac.machine()
    mac.podman(podmans)
    done = mac.does(podman.start(WANTED), shell)
    assert (done.returncode, done.stderr) == (0, "")


@each_shell
def test_a_start_first_clears_what_an_earlier_one_left(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine(Starting=True, Notes="kept")
    mac.json.chmod(0o644)
    mac.podman('grep -c true "$HOME/.config/containers/podman/machine/libkrun/carbon.json" >"$HOME/starting"; exit 0')
    orphan = mac.start(mac.gvproxy)
    other = mac.start(mac.gvproxy.replace("carbon-", "other-"))
    (mac.run / "gvproxy.pid").write_text(str(orphan.pid))
    done = mac.does(podman.start(WANTED), shell)
    assert done.returncode == 0, done.stderr
    assert orphan.wait(5) != 0
    assert other.poll() is None
    assert not (mac.run / "gvproxy.pid").exists()
    assert (mac.folder / "starting").read_text() == "0\n"
    assert json.loads(mac.json.read_text())["Notes"] == "kept"
    assert mac.json.stat().st_mode & 0o7777 == 0o644


def test_the_pid_file_of_another_machines_gvproxy_is_kept(mac: Mac) -> None:
    mac.machine()
    mac.podman("exit 0")
    other = mac.start(mac.gvproxy.replace("carbon-", "other-"))
    (mac.run / "gvproxy.pid").write_text(f"{other.pid}\n")
    assert mac.does(podman.start(WANTED)).returncode == 0
    assert (mac.run / "gvproxy.pid").exists()
    (mac.run / "gvproxy.pid").write_text(f"{os.getpid()}\n")
    assert mac.does(podman.start(WANTED)).returncode == 0
    assert not (mac.run / "gvproxy.pid").exists(), "podman would have ended this test"


def test_the_flag_is_left_to_who_holds_the_lock(mac: Mac) -> None:
    mac.machine(Starting=True)
    with mac.json.with_suffix(".lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        done = mac.does(podman.start(WANTED))
    assert done.returncode != 0
    assert "podman is at work on this machine" in done.stderr
    assert json.loads(mac.json.read_text())["Starting"] is True


@each_shell
def test_a_failed_start_leaves_nothing_and_says_why(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine(Starting=True)
    (mac.run / "carbon.log").write_text("booting\nKernel panic\n")
    mac.podman(
        f"""case $2 in
stop) exit 125 ;;
start) ({mac.gvproxy} >/dev/null 2>&1 &) ; ({mac.krunkit} >/dev/null 2>&1 &) ; sleep 0.2
echo 'Error: machine did not transition into running state: ssh error' >&2; exit 125 ;;
esac"""
    )
    done = mac.does(podman.start(WANTED), shell)
    assert done.returncode == 125
    assert "did not transition into running state" in done.stderr
    assert "Kernel panic" in done.stderr
    assert not running(mac.folder)
    assert json.loads(mac.json.read_text())["Starting"] is False


def running(folder: Path) -> list[str]:
    lines = subprocess.run(
        ["ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [line for line in lines if line.startswith("/usr/bin/perl") and str(folder) in line]


@each_shell
def test_a_start_that_hangs_is_ended_at_its_deadline(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine()
    mac.podman("exec sleep 60")
    began = time.monotonic()
    done = mac.does(podman.start(HASTY), shell)
    assert done.returncode == 124
    assert done.stderr.endswith("the machine did not come up within 2 s\n")
    assert time.monotonic() - began < 30


def test_a_podman_that_hangs_is_ended_and_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.podman("exec sleep 60")
    home.machine()
    snapshot = home.probe(SHELLS[0])
    assert snapshot.guest is Guest.UNREADABLE
    assert "124" in snapshot.guest_detail
    assert read(snapshot.section("machine")).state is State.UNKNOWN


def test_a_rendered_command_runs_as_one_line_of_shell(mac: Mac) -> None:
    making(mac)
    line = render(podman.create(WANTED), None, str(mac.folder / "prefix"))
    env = {"HOME": str(mac.folder), "PATH": os.defpath, "TMPDIR": str(mac.folder)}
    done = subprocess.run(["sh", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert mac.json.exists()
