"""Docker Desktop's place on a simulated Mac taken by real programs: docker and its Compose plugin before real podman.

docker 28 and Compose 2.40 are Debian's own (of forky: trixie's Compose, 2.26, knows neither `label_file` nor `format`
of `env_file`), fetched by apt, which checks their signatures, into the lab's cache: nothing is installed. The engine is
podman's API for Docker (podman-system-service(1)) in a real VM, which sees the Mac's /Users where the Mac has it.
"""

import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import engines, host
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_services import RealServices
from carbon_fleet.sim.vm import VMError, VMSpec

SUITE = "forky"
PACKAGES = ("docker-cli", "docker-compose")
SOCKET = "/Users/lab/.docker/run/docker.sock"
_SERVE = f"systemd-run --quiet --unit=docker-api podman system service --time=0 unix://{SOCKET}"
_AWAIT = f"for i in $(seq 100); do [ -S {SOCKET} ] && exit 0; sleep 0.1; done; exit 1"


def programs() -> Path:
    """The folder below which Debian's docker and docker-compose lie; fetched once, and kept. Raises VMError."""
    target = host.cache_directory() / f"docker-{SUITE}"
    with FileLock(target.with_suffix(".lock")):
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".docker-") as name:
                _fetch(Path(name))
                (Path(name) / "root").rename(target)
    return target


def _fetch(place: Path) -> None:
    for name in ("state/lists/partial", "cache/archives/partial", "root"):
        (place / name).mkdir(parents=True)
    (place / "sources.list").write_text(f"deb [signed-by={host.KEYRING}] {host.archive().main} {SUITE} main\n")
    settings = {
        "Dir::State": place / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": place / "cache",
        "Dir::Etc::SourceList": place / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    try:
        for words in ([*apt, "update"], [*apt, "download", *PACKAGES]):
            subprocess.run(words, cwd=place, check=True, capture_output=True, text=True, timeout=300)
        for package in place.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(place / "root")], check=True, timeout=60)
    except subprocess.CalledProcessError as error:
        raise VMError(f"{PACKAGES} of Debian {SUITE} could not be fetched: {error.stderr}") from error


class Desktop:
    """A Mac whose Docker Desktop is those programs and that engine, from `start` to `stop`."""

    def __init__(self, lab: SimulatedLab, mac: SimulatedMac, place: Path) -> None:
        self.mac, self._services = mac, RealServices(place / "services")
        key = lab.state.key
        self._ssh = ["ssh", "-F", "/dev/null", "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"]
        self._ssh += ["-o", "UserKnownHostsFile=/dev/null", "-o", "IdentitiesOnly=yes"]
        spec = VMSpec(
            "desktop",
            place / "vm",
            free_port(),
            key.with_name(f"{key.name}.pub").read_text(),
            2,
            2048,
            rootful=True,
            provider="docker",
            folders=((mac.root / "Users", "/Users"),),
        )
        self._port = spec.ssh_port
        self._published: list[subprocess.Popen[bytes]] = []
        self._vm = self._services.make_vm(spec)

    def start(self) -> None:
        """Put the application there, boot the VM, and wait for its engine."""
        engines.add_docker(self.mac)
        contents = self.mac.root / "Applications/Docker.app/Contents/Resources"
        (contents / "cli-plugins").mkdir()
        for there, here in (("bin/docker", "bin/docker"), ("cli-plugins/docker-compose", "bin/docker-compose")):
            (contents / there).unlink(missing_ok=True)
            (contents / there).write_bytes((programs() / "usr" / here).read_bytes())
            (contents / there).chmod(0o755)
        (self.mac.home / ".docker/run/docker.sock").unlink()
        self._vm.boot()
        self.inside(f"{_SERVE} && {_AWAIT}")

    def publish(self, port: int) -> None:
        """Listen on the Mac's loopback for a published port, as Docker Desktop's own process does."""
        way = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{port}:127.0.0.1:{port}"]
        self._published.append(subprocess.Popen([*self._ssh, "-p", str(self._port), *way, "root@127.0.0.1"]))

    def stop(self) -> None:
        """End both the VM and the registry."""
        for one in self._published:
            one.terminate()
            one.wait(timeout=60)
        self._vm.stop(hard=True)
        self._services.stop()

    def inside(self, command: str) -> str:
        """What `command` says, run by root in the VM."""
        line = [*self._ssh, "-p", str(self._port), "root@127.0.0.1", "--", command]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def docker(self, words: str, expect: int = 0) -> str:
        """What docker on the Mac says, or complains of where it is to fail."""
        program = "/Applications/Docker.app/Contents/Resources/bin/docker"
        settings = f"DOCKER_HOST=unix://{SOCKET} DOCKER_CONFIG=$HOME/.config/carbon-fleet/docker/cli"
        done = self.mac.ssh(f"env {settings} {program} {words}")
        assert done.returncode == expect, f"docker {words}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stderr if expect else done.stdout
