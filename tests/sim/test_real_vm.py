"""The real VM: systemd, sshd, podman, Quadlet and Venus in namespaces of this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices, Services
from carbon_fleet.sim.vm import VMError, VMSpec

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(900)]

QUADLET = """[Container]
Image=localhost/tiny:latest
Exec=sleep infinity
RunInit=true
AddDevice=/dev/dri
PublishPort=127.0.0.1:18080:8080
HealthCmd=test -e /built
HealthInterval=1s
[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Guest:
    """A booted VM and the way in."""

    vm: RealVM
    spec: VMSpec
    key: Path

    def run(self, command: str, user: str = "root", stdin: str = "", timeout: float = 300) -> str:
        done = subprocess.run(self.ssh(user, command), input=stdin, capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def ssh(self, user: str, command: str) -> list[str]:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        words = [word for option in options for word in ("-o", option)]
        return ["ssh", *words, "-i", str(self.key), "-p", str(self.spec.ssh_port), f"{user}@127.0.0.1", command]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "machine"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServices]:
    running = Services(tmp_path_factory.mktemp("services"))
    yield running.start()
    running.stop()


@pytest.fixture(scope="module")
def guest(key: Path, services: LabServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    spec = _spec("gpu", tmp_path_factory.mktemp("vms") / "gpu", key)
    vm = RealVM(spec, services)
    vm.boot()
    yield Guest(vm, spec, key)
    vm.stop()


def _spec(name: str, directory: Path, key: Path, provider: str = "libkrun") -> VMSpec:
    public = key.with_suffix(".pub").read_text()
    return VMSpec(name, directory, free_port(), public, 2, 2048, rootful=True, provider=provider)


def _until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _processes_of(directory: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(directory) in line:
            found.append(line)
    return found


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def _network(process: psutil.Process) -> Path | None:
    try:
        return Path(f"/proc/{process.pid}/ns/net").readlink()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _connections(process: psutil.Process) -> list[Any]:
    try:
        return process.net_connections("inet")
    except psutil.NoSuchProcess:
        return []


def _nothing_left(directory: Path) -> bool:
    return not _processes_of(directory) and str(directory) not in Path("/proc/self/mountinfo").read_text()


def test_guest_is_a_podman_machine(guest: Guest) -> None:
    assert _until(lambda: guest.run("systemctl is-system-running || true") == "running")
    assert guest.run("cat /etc/podman-machine") == "libkrun"
    assert guest.run("stat -c '%t:%T %a' /dev/dri/renderD128") == "e2:80 666"
    assert guest.run("id -u; sudo -n id -u", user="core") == "501\n0"
    assert guest.run("podman version --format '{{.Client.Version}}'").startswith("5.4")
    assert guest.run("podman info --format '{{.Store.GraphDriverName}} {{.Host.CgroupManager}}'") == "overlay systemd"
    assert guest.run("systemctl --user is-system-running || true", user="core") == "running"


def test_only_loopback_is_listened_on(guest: Guest) -> None:
    keeper = psutil.Process(int((guest.spec.directory / "keeper.pid").read_text()))
    network = Path("/proc/self/ns/net").readlink()
    listening = [
        connection.laddr
        for process in keeper.children(recursive=True)
        if _network(process) == network
        for connection in _connections(process)
        if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
    ]
    assert ("127.0.0.1", guest.spec.ssh_port) in listening
    assert all(address.ip == "127.0.0.1" for address in listening)


@pytest.fixture(scope="module")
def unit(guest: Guest, services: LabServices) -> str:
    text = f"FROM {services.base_reference} AS one\nRUN --mount=type=cache,target=/var/cache/x touch /built\n"
    text += f"FROM {services.base_reference}\nCOPY --from=one /built /built\n"
    guest.run("mkdir -p tiny && cat >tiny/Containerfile && podman build -q -t tiny tiny", stdin=text)
    guest.run("cat >/etc/containers/systemd/tiny.container", stdin=QUADLET)
    guest.run("systemctl daemon-reload && systemctl start tiny")
    return "systemd-tiny"


def _health(guest: Guest, container: str) -> str:
    return guest.run(f"podman inspect {container} --format '{{{{.State.Health.Status}}}}' || true")


def test_quadlet_unit_becomes_healthy_by_its_own_timer(guest: Guest, unit: str) -> None:
    assert guest.run("systemctl is-active tiny; systemctl is-enabled tiny") == "active\ngenerated"
    assert _until(lambda: _health(guest, unit) == "healthy")
    assert "renderD128" in guest.run(f"podman exec {unit} ls /dev/dri")
    guest.run(f"podman exec {unit} rm /built")
    assert _until(lambda: _health(guest, unit) == "unhealthy")
    guest.run("systemctl restart tiny")
    assert _until(lambda: _health(guest, unit) == "healthy")


def test_rootless_user_runs_containers_of_the_lab_registry(guest: Guest) -> None:
    answer = guest.run("podman run --rm --device /dev/dri debian:bookworm sh -c 'id -u; env'", user="core")
    assert answer.splitlines()[0] == "0"
    assert "VTEST_SOCKET_NAME=" in answer


def test_builds_reach_the_archive_and_venus_enumerates(guest: Guest, services: LabServices) -> None:
    text = f"""FROM {services.base_reference}
RUN sed -i s/bookworm/trixie/ /etc/apt/sources.list.d/*.sources && apt-get -qq update \\
 && apt-get -qq install --no-install-recommends vulkan-tools mesa-vulkan-drivers
ENV VK_DRIVER_FILES=/usr/share/vulkan/icd.d/virtio_icd.json DEBIAN_FRONTEND=noninteractive
"""
    guest.run("mkdir -p vulkan && cat >vulkan/Containerfile && podman build -q -t vulkan vulkan", stdin=text)
    summary = "podman run --rm --device /dev/dri vulkan timeout 20 vulkaninfo --summary"
    for kill in (False, True):
        if kill:
            _kill_gpu_server(guest)
        found = guest.run(summary)
        assert "Virtio-GPU Venus (llvmpipe" in found
        assert "DRIVER_ID_MESA_VENUS" in found


def _kill_gpu_server(guest: Guest) -> None:
    keeper = psutil.Process(int((guest.spec.directory / "keeper.pid").read_text()))
    servers = [child for child in keeper.children(recursive=True) if _name(child).startswith("virgl_test_serv")]
    assert servers
    socket = guest.spec.directory / "gpu" / "venus.sock"
    born = socket.stat().st_ctime_ns
    for server in servers:
        server.kill()
    assert _until(lambda: socket.exists() and socket.stat().st_ctime_ns != born)


def test_mirror_is_reached_from_a_container(guest: Guest, services: LabServices) -> None:
    script = f"exec 3<>/dev/tcp/{services.mirror_url.removeprefix('http://').replace(':', '/')}"
    request = r"printf 'GET / HTTP/1.0\r\n\r\n' >&3; head -1 <&3"
    answer = guest.run(f'podman run --rm debian:bookworm bash -c "{script}; $(cat)"', stdin=request)
    assert "200" in answer


def test_disk_and_units_survive_a_power_cycle(guest: Guest, unit: str) -> None:
    guest.run("echo kept >/root/kept && sync")
    for hard in (False, True):
        guest.vm.stop(hard=hard)
        assert not guest.vm.running()
        assert _until(lambda: _nothing_left(guest.spec.directory), 5)
        guest.vm.boot()
        assert guest.run("cat /root/kept") == "kept"
        assert _until(lambda: _health(guest, unit) == "healthy")


def test_applehv_has_no_gpu_and_lives_beside_another(guest: Guest, key: Path, services: LabServices) -> None:
    spec = _spec("plain", guest.spec.directory.parent / "plain", key, provider="applehv")
    plain = Guest(RealVM(spec, services), spec, key)
    plain.vm.boot()
    try:
        assert plain.run("cat /etc/podman-machine") == "applehv"
        assert "No such file" in plain.run("ls /dev/dri 2>&1 || true")
        assert plain.run("podman images -q") == ""
        assert guest.vm.running()
    finally:
        plain.vm.stop()
    assert _until(lambda: _nothing_left(spec.directory), 5)


STARTER = """
import dataclasses, json, sys, time
from pathlib import Path
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices
from carbon_fleet.sim.vm import VMSpec
spec, services = json.loads(sys.argv[1])
spec["directory"] = Path(spec["directory"])
RealVM(VMSpec(**spec), LabServices(**services)).boot()
print("up", flush=True)
time.sleep(600)
"""


def test_taken_port_is_named(tmp_path: Path, guest: Guest, key: Path, services: LabServices) -> None:
    spec = replace(_spec("late", tmp_path / "late", key), ssh_port=guest.spec.ssh_port)
    with pytest.raises(VMError, match=f"127.0.0.1:{spec.ssh_port} is taken"):
        RealVM(spec, services).boot()


def test_guest_that_cannot_start_says_why_at_once(tmp_path: Path, key: Path, services: LabServices) -> None:
    spec = _spec("broken", tmp_path / "broken", key)
    (spec.directory / "disk").mkdir(parents=True)
    (spec.directory / "disk" / "upper").symlink_to("/dev/shm")
    begun = time.monotonic()
    with pytest.raises(VMError, match=r"did not boot(.|\n)*overlay"):
        RealVM(spec, services).boot()
    assert time.monotonic() - begun < 10
    assert _nothing_left(spec.directory)


@pytest.mark.parametrize("victim", ["starter", "keeper"])
def test_sudden_death_leaves_nothing(victim: str, tmp_path: Path, key: Path, services: LabServices) -> None:
    spec = _spec("doomed", tmp_path / "doomed", key)
    facts = json.dumps([{**vars(spec), "directory": str(spec.directory)}, vars(services)])
    starter = subprocess.Popen([sys.executable, "-c", STARTER, facts], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    keeper = int((spec.directory / "keeper.pid").read_text())
    everything = [psutil.Process(keeper), *psutil.Process(keeper).children(recursive=True)]
    assert len(everything) > 10
    os.kill(starter.pid if victim == "starter" else keeper, signal.SIGKILL)
    try:
        assert _until(lambda: not any(_lives(process) for process in everything), 5)
        assert not RealVM(spec, services).running()
    finally:
        starter.kill()
        starter.wait()
    again = RealVM(spec, services)
    again.boot()
    again.stop(hard=True)
    assert _until(lambda: _nothing_left(spec.directory), 5)
