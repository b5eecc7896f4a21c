"""The preflight of a Linux host: each thing that has to be there, and the commands of its own distribution."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.engine.kind import kind_of
from carbon_fleet.plan import Finding, Refusal, World
from carbon_fleet.snapshot import Block, Snapshot, read_snapshot
from carbon_fleet.spec import Mac, Size
from operations.preflight import RESOURCE, Preflight, asks, differences, read
from operations.preflight.linux import LinuxSeen
from operations.preflight.sockets import Socket, sockets
from operations.stack.words import published
from tests.unit.operations.linux_world import host, lab
from tests.unit.operations.run_section import SHELLS, program, run_section

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "preflight"
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
GIB = 2**30
SSHD = Socket("tcp", "", 22, "sshd", 116)


def snapshot() -> Snapshot:
    return read_snapshot("linux-01", (TRANSCRIPTS / "linux-host.txt").read_text().splitlines())


def healthy() -> LinuxSeen:
    seen = read(snapshot().section("preflight")).linux
    assert seen is not None
    return seen


def findings(mac: Mac | None = None, wanted: Preflight | None = None, **changes: Any) -> list[Finding]:
    seen = replace(read(snapshot().section("preflight")), linux=replace(healthy(), **changes))
    return list(differences(wanted or Preflight(), seen, World(mac or host(), snapshot())))


def test_the_transcript_is_read() -> None:
    seen = healthy()
    assert (seen.system, seen.family, seen.arch) == ("Debian GNU/Linux 13 (trixie)", "debian", "x86_64")
    assert (seen.systemd, seen.podman, seen.perl, seen.sudo) == (True, "5.4.2", True, "")
    assert (seen.cpus, seen.memory, seen.free, seen.user) == (2, 24684084 * 1024, 73551520 * 1024, "lab")
    assert findings() == []
    assert RESOURCE.findings(World(host(), snapshot())) == ()


DRIFT: list[tuple[dict[str, Any], str, str, str]] = [
    ({"family": None, "system": "Arch Linux"}, "system", "DISTRIBUTION_UNKNOWN", "take it out of the lab file"),
    ({"arch": "riscv64"}, "processor", "ARCHITECTURE_UNKNOWN", "take it out of the lab file"),
    ({"systemd": False}, "systemd", "NO_SYSTEMD", "PID 1"),
    ({"podman": ""}, "podman", "PODMAN_MISSING", "`sudo apt-get install podman`"),
    ({"podman": "4.9.3"}, "podman", "PODMAN_TOO_OLD", "Ubuntu 25.04"),
    ({"perl": False}, "perl", "PERL_MISSING", "`sudo apt-get install perl`"),
    ({"perl": False, "family": "fedora"}, "perl", "PERL_MISSING", "`sudo dnf install perl-interpreter perl-Digest-SHA"),
    ({"podman": "", "family": "fedora"}, "podman", "PODMAN_MISSING", "`sudo dnf install podman`"),
    ({"sudo": "sudo: a password is required"}, "sudo", "SUDO_ASKS", "/etc/sudoers.d/carbon-fleet"),
    ({"user": "ada"}, "user", "OTHER_USER", "`user: ada`"),
    ({"free": 5 * GIB}, "disk", "DISK_FULL", "podman system df"),
    ({"memory": 2 * GIB}, "memory", "TOO_LITTLE_MEMORY", "host_memory"),
]


@pytest.mark.parametrize(("drift", "thing", "code", "remedy"), DRIFT, ids=[f"{row[2]}-{row[1]}" for row in DRIFT])
def test_each_attribute_has_its_own_answer(drift: dict[str, Any], thing: str, code: str, remedy: str) -> None:
    (found,) = findings(**drift)
    assert isinstance(found, Refusal)
    assert (found.address, found.code) == (f"preflight.{thing}", code)
    assert remedy in found.remedy


def test_what_containers_may_take_counts() -> None:
    limited = host("[{name: big, containers: {big: {image: docker.io/library/debian:13, memory: 22GiB}}}]")
    assert [one.code for one in findings(limited) if isinstance(one, Refusal)] == ["TOO_LITTLE_MEMORY"]
    assert findings(limited, Preflight(host_memory=Size.parse("1GiB"))) == []


def test_a_port_somebody_has() -> None:
    taken = (SSHD, Socket("tcp", "127.0.0.1", 8888, "jupyter-lab", 41))
    (found,) = findings(host("[carbon-compute]"), sockets=taken)
    assert isinstance(found, Refusal)
    assert (found.address, found.code) == ("preflight.port.8888", "PORT_TAKEN")
    assert "jupyter-lab (process 41)" in found.what
    assert "settings: {jupyter-port: 8889}" in found.remedy
    assert findings(host("[carbon-compute]"), sockets=(Socket("tcp", "127.0.0.1", 8888, "conmon", 41),)) == []
    assert findings(host("[carbon-compute]"), sockets=(Socket("tcp", "10.0.0.2", 8888, "web", 41),)) == []


def test_another_system_gets_one_answer() -> None:
    healthy_mac = read_snapshot("linux-01", (TRANSCRIPTS / "healthy.txt").read_text().splitlines())
    (found,) = RESOURCE.findings(World(host(), healthy_mac))
    assert isinstance(found, Refusal)
    assert (found.code, found.what) == ("NOT_LINUX", "this machine runs Darwin, not Linux")


def test_a_linux_that_is_to_be_a_mac_is_told_the_way() -> None:
    linux = read_snapshot("mac-01", (TRANSCRIPTS / "linux.txt").read_text().splitlines())
    (found,) = RESOURCE.findings(World(lab().mac("mac-01"), linux))
    assert isinstance(found, Refusal)
    assert found.code == "NOT_A_MAC"
    assert "`runtime: linux-nvidia`" in found.remedy


def test_its_kind_is_gpu_system_and_memory() -> None:
    assert kind_of(snapshot()) == "no GPU seen, Debian GNU/Linux 13 (trixie), 24GiB"


SS = """LISTEN 0      128          0.0.0.0:22         0.0.0.0:* users:(("sshd",pid=116,fd=6))
LISTEN 0      4096       127.0.0.1:8888       0.0.0.0:* users:(("conmon",pid=338,fd=5))
LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*
LISTEN 0      4096               *:9090             *:* users:(("node exporter",pid=7,fd=3))
LISTEN 0      128             [::1]:631           [::]:* users:(("cupsd",pid=9,fd=7))
nonsense"""


def test_the_lines_of_ss() -> None:
    found = tuple(sockets("tcp", Block("listening_tcp", 0, tuple(SS.splitlines()), ())))
    assert found == (
        SSHD, Socket("tcp", "127.0.0.1", 8888, "conmon", 338), Socket("tcp", "127.0.0.53", 53),
        Socket("tcp", "", 9090, "node exporter", 7), Socket("tcp", "::1", 631, "cupsd", 9),
    )  # fmt: skip
    assert tuple(sockets("tcp", Block("listening_tcp", 1, (), ("sudo: a password is required",)))) == ()


@pytest.mark.parametrize(
    ("port", "meets"),
    [("8888:8888", True), ("127.0.0.1:8888:80", True), ("127.0.0.2:8888:80", False), ("127.0.0.1:8888:80/udp", False)],
)
def test_two_that_cannot_be_had_at_once(port: str, meets: bool) -> None:
    assert Socket("tcp", "127.0.0.1", 8888).meets(published(port)) is meets


@each_shell
@pytest.mark.parametrize("sudo", ["exec_it", "no"])
def test_the_section_on_this_machine(tmp_path: Path, shell: tuple[str, ...], sudo: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    said = 'shift; exec "$@"' if sudo == "exec_it" else "echo 'sudo: a password is required' >&2; exit 1"
    program(folder, "sudo", said)
    program(folder, "podman", "echo podman version 5.4.2")
    program(folder, "id", "case $1 in -u) echo 1000 ;; *) echo lab ;; esac")
    program(folder, "ss", f"cat <<'END'\n{SS}\nEND")
    variables = asks(Preflight(), host("[carbon-compute]"))
    seen = read(run_section(shell, "preflight", variables, home=tmp_path, programs=folder)).linux
    assert seen is not None
    assert (seen.podman, seen.user, seen.uid, seen.home) == ("5.4.2", "lab", 1000, str(tmp_path))
    assert seen.memory > GIB
    assert seen.free > 0
    assert seen.sudo == ("" if sudo == "exec_it" else "sudo: a password is required")
    assert (SSHD in seen.sockets) is (sudo == "exec_it")


@each_shell
def test_a_bare_host(tmp_path: Path, shell: tuple[str, ...]) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("perl", "podman", "sudo"):
        program(folder, name, f"echo {name}: not found >&2; exit 127")
    program(folder, "id", "case $1 in -u) echo 1000 ;; *) echo lab ;; esac")
    section = run_section(shell, "preflight", asks(Preflight(), host()), home=tmp_path, programs=folder)
    seen = read(section).linux
    assert seen is not None
    assert (seen.podman, seen.perl, seen.sudo) == ("", False, "sudo: not found")
