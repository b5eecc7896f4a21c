"""A simulated Mac whose machine is replaced command by command, with programs of ours in the way."""

import hashlib
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from carbon_fleet.plan import Change, Command, Finding, World, render
from carbon_fleet.sim.lab import SimulatedMac
from carbon_fleet.snapshot import probe_script, read_snapshot
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Duration, Mac, Size
from operations.homebrew import Homebrew
from operations.machine import RESOURCE, Machine

BREW = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
INSTALL = f"{BREW} tap libkrun/krun && {BREW} trust libkrun/krun && {BREW} install krunkit podman"
FIRST = Machine(
    cpus=2,
    memory=Size.parse("2GiB"),
    disk=Size.parse("20GiB"),
    start_timeout=Duration.parse("60s"),
    stop_timeout=Duration.parse("120s"),
)
OTHER = FIRST.model_copy(update={"volumes": ("/Users:/Users",)})
"""Another list of folders needs another machine."""
REAL = {"podman": "$(echo /opt/homebrew/Cellar/podman/*/bin/podman)", "ssh": "/usr/bin/ssh", "mv": "/bin/mv"}
REAL |= {name: f"/bin/{name}" for name in ("rm", "cp", "mkdir", "chmod")}
"""Everything that a replacement changes anything with, but the shell itself."""
COUNTED = (
    'at=$(($(cat "$HOME/count") + 1)); echo "$at" >"$HOME/count"; [ "$at" -ne CUT ] || kill -KILL 0; exec $real "$@"'
)
FILL = """set -e
D=$(podman volume create --label who=somebody data >/dev/null; podman volume inspect --format "{{.Mountpoint}}" data)
mkdir "$D/sub"; head -c 200000 /dev/urandom >"$D/sub/random"; chmod 640 "$D/sub/random"
ln -s sub/random "$D/link"; : >"$D/empty"; echo two >"$D/with blank"
"""
LOOK = """cd "$(podman volume inspect --format "{{.Mountpoint}}" data)" &&
podman volume inspect --format "{{json .Labels}}" data &&
find . -mindepth 1 -printf "%P %y %m %U:%G %l\\n" | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum"""


@dataclass
class Replacing:
    """The Mac, driven as the engine drives one: look, run the commands in order, stop at the first that fails."""

    mac: SimulatedMac

    def findings(self, wanted: Machine) -> tuple[Finding, ...]:
        """What one look finds; the guest is not asked."""
        mac = Mac(self.mac.name, user="lab", sections={"machine": wanted, "homebrew": Homebrew()})
        script = probe_script([Question("machine", variables=RESOURCE.asks(wanted, mac))])
        said = self.mac.ssh("/bin/sh -s", stdin=script)
        return RESOURCE.findings(World(mac, read_snapshot(self.mac.name, said.stdout.splitlines())))

    def changes(self, wanted: Machine) -> list[Change]:
        """The Changes among them; that something refuses fails the test."""
        found = self.findings(wanted)
        assert not [one for one in found if not isinstance(one, Change) and one.code != "MACHINE_REPLACED"], found
        return [one for one in found if isinstance(one, Change)]

    def run(self, wanted: Machine) -> "subprocess.CompletedProcess[str] | None":
        """Look once and do it; how the first command that failed ended, None when none did."""
        return self.make(self.changes(wanted))

    def make(self, changes: list[Change]) -> "subprocess.CompletedProcess[str] | None":
        """Run the commands of what a look found."""
        for command in (command for change in changes for command in change.commands):
            done = self.does(command)
            if done.returncode:
                return done
        return None

    def does(self, command: Command) -> "subprocess.CompletedProcess[str]":
        """Run one command as the engine would."""
        return self.mac.ssh(render(command, None), stdin=command.stdin, timeout=300)

    def begins(self, command: Command) -> "subprocess.Popen[bytes]":
        """The same, while it goes on."""
        line = [*self.mac.ssh_command(), render(command, None)]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(line, stdin=quiet, stdout=quiet, stderr=quiet)

    def gone(self, what: str, seconds: float = 20) -> bool:
        """Whether no process of the Mac has `what` in its command line any more, in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            listed = self.mac.ssh("ps -axww -o command=").stdout.splitlines()
            if not any(what in line for line in listed):
                return True
            time.sleep(0.2)
        return False

    def converge(self, wanted: Machine) -> int:
        """Run until nothing is left to do; how many looks that took."""
        for count in range(1, 5):
            found = self.changes(wanted)
            if not found:
                return count
            done = self.make(found)
            assert done is None, done.stderr
        raise AssertionError(self.changes(wanted))

    def inside(self, command: str, user: str = "root") -> str:
        """What a command says in the machine."""
        quoted = command.replace("'", "'\\''")
        done = self.mac.ssh(f"/opt/homebrew/bin/podman machine ssh --username {user} carbon '{quoted}'")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def volume(self) -> str:
        """All there is to know of the volume in a modelled machine, where it lies: every path, mode, owner, content."""
        disk = self.mac.state.mac(self.mac.name) / "vms" / self.disk().split()[1]
        place = disk / "root/var/lib/containers/storage/volumes/data"
        told = hashlib.sha256()
        for path in sorted(place.rglob("*")):
            status = path.lstat()
            content = (
                str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            )
            told.update(f"{path.relative_to(place)} {status.st_mode:o} {status.st_uid} {status.st_gid} ".encode())
            told.update(hashlib.sha256(content).digest())
        return told.hexdigest()

    @property
    def now(self) -> Machine:
        """Which of the two machines it is, by its own file."""
        path = self.mac.home / ".config/containers/podman/machine/libkrun/carbon.json"
        return FIRST if len(json.loads(path.read_text())["Mounts"]) > 1 else OTHER

    def disk(self) -> str:
        """Which disk the machine has: each simulated one begins with a name of its own."""
        (path,) = (self.mac.home / ".local/share/containers/podman/machine").glob("*/carbon-arm64.raw")
        with path.open(errors="replace") as disk:
            return disk.readline()

    @property
    def note(self) -> Path:
        """How far a replacement is."""
        return self.mac.home / ".local/state/carbon-fleet/machine/carbon.replacing"

    @property
    def kept(self) -> list[Path]:
        """The folders of what is replaced, or is being replaced."""
        return sorted((self.mac.home / ".local/state/carbon-fleet/replaced/carbon").glob("*"))

    def in_the_way(self, program: str, pattern: str, text: str) -> None:
        """Put a program of ours before the Mac's own: where its arguments match, `text` runs; `$real` is that."""
        script = f'#!/bin/sh\nreal={REAL[program]}\ncase "$*" in\n{pattern})\n{text}\n;;\nesac\nexec $real "$@"\n'
        path = self.mac.root / "opt/homebrew/bin" / program
        path.unlink(missing_ok=True)
        path.write_text(script)
        path.chmod(0o755)

    def counted(self, changes: list[Change], cut: int) -> int:
        """Make them, and kill all that is at work on the Mac when the `cut`-th program is to begin; how many began."""
        for program in REAL:
            self.in_the_way(program, "*", COUNTED.replace("CUT", str(cut)))
        count = self.mac.home / "count"
        count.write_text("0\n")
        done = self.make(changes)
        self.out_of_the_way()
        assert (done is None) == (int(count.read_text()) < cut), done
        return int(count.read_text())

    def out_of_the_way(self) -> None:
        """Take them all away."""
        for program in REAL:
            (self.mac.root / "opt/homebrew/bin" / program).unlink(missing_ok=True)
        self.mac.ssh("ln -s /opt/homebrew/Cellar/podman/*/bin/podman /opt/homebrew/bin/podman")
