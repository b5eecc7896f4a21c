"""The two podmans of the contract: the real client of Debian trixie in a sandbox, and the lab's stand-in.

The real one needs no virtual machine, no network and no root: short of a boot it only reads and writes files. Its
home lies where the stand-in's does, so that paths read the same.
"""

import json
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from carbon_fleet.sim.lab import SimulatedMac
from tests.sim.contract_steps import Step

VERSION = "5.4.2"
_IMAGE = b"QFI\xfb" + bytes(65536)
# podman asks qemu-img for a larger file and nothing else; that is a hypervisor's business, not podman's.
_RESIZE = '#!/bin/sh\n[ "$1" = resize ] && exec truncate -s "$3" "$2"\nexit 1\n'
_PRESENT = "#!/bin/sh\nexit 1\n"


# The real one has no gvproxy to find; the stand-in's Mac has, so for such a step it goes away.
_NO_HELPERS = (
    "for k in /opt/homebrew/opt/podman/libexec/podman/gvproxy /opt/homebrew/bin/gvproxy; do mv $k $k.away; done; "
    "trap 'for k in /opt/homebrew/opt/podman/libexec/podman/gvproxy /opt/homebrew/bin/gvproxy; do mv $k.away $k; done' "
    "EXIT; "
)


def filled(command: str, provider: str, *, other: str, no_helpers: str, unshare: str) -> str:
    """The command with what differs between the sides put in."""
    named = command.replace("@provider@", provider).replace("@PROVIDER@", provider.upper()).replace("@other@", other)
    named = named.replace("@root@", f"{unshare} --user --map-root-user")
    return (no_helpers if "@no-helpers@" in named else "") + named.replace("@no-helpers@ ", "")


@dataclass(frozen=True)
class Answer:
    """What one command did: its status, its streams, and the files there are afterwards (path below home → mode)."""

    status: int
    out: str
    err: str
    files: dict[str, str] = field(default_factory=dict)
    documents: dict[str, object] = field(default_factory=dict)


def _looked(home: Path) -> tuple[dict[str, str], dict[str, object]]:
    """Modes and JSON contents of all that podman keeps below `home`."""
    modes, documents = {}, {}
    for top in (".config/containers", ".local/share/containers"):
        for path in sorted((home / top).rglob("*")):
            name = str(path.relative_to(home))
            modes[name] = oct(path.lstat().st_mode & 0o7777)
            if path.suffix == ".json":
                try:
                    documents[name] = json.loads(path.read_bytes())
                except ValueError:
                    documents[name] = None
    return modes, documents


class RealPodman:
    """podman 5.4.2 of `root` (a Debian trixie system) as an ordinary user, its home below `directory`."""

    def __init__(self, root: Path, directory: Path) -> None:
        self.home = directory / "home"
        self._root = root
        self._programs = directory / "programs"
        self._etc = directory / "etc"
        for place in (self.home, self._programs, self._etc):
            place.mkdir(parents=True)
        (self.home / "disk.raw").write_bytes(_IMAGE)
        (self._etc / "passwd").write_text("lab:x:501:20::/Users/lab:/bin/sh\n")
        for name, text in (("qemu-img", _RESIZE), ("qemu-system-x86_64", _PRESENT)):
            (self._programs / name).write_text(text)
            (self._programs / name).chmod(0o755)

    def run(self, step: Step) -> Answer:
        """Run one line."""
        command = filled(step.command, "qemu", other="libkrun", no_helpers="", unshare="unshare")
        done = subprocess.run(
            [*self._sandbox(), "sh", "-c", command], input="", capture_output=True, text=True, timeout=60, check=False
        )
        return Answer(done.returncode, done.stdout, done.stderr, *_looked(self.home))

    def _sandbox(self) -> list[str]:
        links = [word for name in ("bin", "sbin", "lib", "lib64") for word in ("--symlink", f"usr/{name}", f"/{name}")]
        return [
            *("bwrap", "--die-with-parent", "--new-session", "--unshare-user", "--unshare-pid", "--unshare-net"),
            *(
                "--uid",
                "501",
                "--gid",
                "20",
                "--clearenv",
                "--tmpfs",
                "/",
                "--ro-bind",
                str(self._root / "usr"),
                "/usr",
            ),
            *("--ro-bind", str(self._etc), "/etc", *links, "--dev", "/dev", "--proc", "/proc", "--dir", "/tmp"),
            *(
                "--dir",
                "/var/tmp",
                "--bind",
                str(self.home),
                "/Users/lab",
                "--ro-bind",
                str(self._programs),
                "/programs",
            ),
            *("--setenv", "HOME", "/Users/lab", "--setenv", "XDG_RUNTIME_DIR", "/tmp", "--setenv", "TMPDIR", "/tmp"),
            *("--setenv", "PATH", "/programs:/usr/bin:/bin", "--setenv", "CONTAINERS_MACHINE_PROVIDER", "qemu"),
            *("--chdir", "/Users/lab", "--"),
        ]


class StandIn:
    """The podman a simulated Mac has: the stand-in at the real one's version, or in an emulated lab the real one."""

    def __init__(self, mac: SimulatedMac, *, image: str = "disk.raw", emulated: bool = False) -> None:
        if not emulated:  # an emulated lab has set the version of its own podman
            (mac.shared / "versions.json").write_text(json.dumps({"podman": VERSION}))
        brew = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
        done = mac.ssh(f"{brew} tap libkrun/krun && {brew} trust libkrun/krun && {brew} install krunkit podman")
        assert done.returncode == 0, done.stderr
        (mac.home / "disk.raw").write_bytes(_IMAGE)
        self._mac = mac
        self._image = image
        setting = "exec env PATH=/opt/homebrew/bin:$PATH CONTAINERS_MACHINE_PROVIDER=libkrun sh"
        self._shell = subprocess.Popen(
            [*mac.ssh_command(), setting], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def run(self, step: Step) -> Answer:
        """Run one line: in one ssh session for all, which takes a third of the time."""
        command = filled(step.command, "libkrun", other="qemu", no_helpers=_NO_HELPERS, unshare="/.host/bin/unshare")
        command = command.replace("@image@", self._image)
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"sh -c {shlex.quote(command)} >.contract-out 2>.contract-err </dev/null; echo $?\n")
        status = int(self._shell.stdout.readline())
        out, err = ((self._mac.home / name).read_text() for name in (".contract-out", ".contract-err"))
        return Answer(status, out, err, *_looked(self._mac.home))

    def end(self) -> None:
        """End the session."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(30)
