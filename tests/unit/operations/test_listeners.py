"""Who listens on a Mac: netstat as two versions of macOS print it, read by the real section, and what is refused.

The transcripts are made up, by the formats of Apple's network_cmds; the widths and the odd names are the point of them.
"""

from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Refusal, World
from carbon_fleet.snapshot import Section, Snapshot, Unreadable
from carbon_fleet.spec import Mac
from operations.machine import Machine
from operations.preflight import listeners
from operations.preflight.listeners import Listener
from operations.stack.wish import Stacks
from tests.unit.operations.run_section import SHELLS, program, run_section
from tests.unit.operations.stack_world import a_mac, one
from tests.unit.operations.test_preflight import mac_programs

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "listeners"
PORTS = ["8080:80", "8081:80", "8082:80", "5900:80", "9000:80", "5353:53/udp"]
GVPROXY = (
    "/opt/homebrew/opt/podman/libexec/podman/gvproxy -ssh-port 50022 -listen-vfkit unixgram:///run/{}-gvproxy.sock"
)
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])


def a_wish(*ports: str) -> Mac:
    mac = a_mac(one(ports=list(ports)))
    return Mac("m", sections={**mac.sections, "machine": Machine()})


def looked(tmp_path: Path, shell: tuple[str, ...], wish: Mac, netstat: str) -> Section:
    programs = mac_programs(tmp_path / "bin")
    program(programs, "netstat", netstat)
    program(programs, "ps", f"[ \"$*\" = '-axo pid=,comm=' ] && cat {TRANSCRIPTS}/ps.txt")
    variables = {"CF_PREFLIGHT_MACHINE": "carbon", **listeners.asks(wish)}
    return run_section(shell, "preflight", variables, home=tmp_path, programs=programs)


def findings(wish: Mac, *seen: Listener, machine: tuple[str, ...] = (), busy: Any = ()) -> list[Refusal]:
    facts = {"ps": ("read",), "data": ("/data",), "process": machine, "hop_identity": ("/k",), "hop_port": ("50022",)}
    world = World(wish, Snapshot("m", {"machine": Section("machine", facts=facts)}))
    found = list(listeners.differences(seen, frozenset(busy), world))
    assert all(isinstance(each, Refusal) for each in found)
    return [each for each in found if isinstance(each, Refusal)]


@each_shell
@pytest.mark.parametrize("macos", ["26", "15"])
def test_netstat_of_two_systems_is_read(tmp_path: Path, shell: tuple[str, ...], macos: str) -> None:
    netstat = f'[ "$1 $2" = "-anv -p" ] && cat {TRANSCRIPTS}/macos-{macos}-$3.txt'
    seen, busy = listeners.read(looked(tmp_path, shell, a_wish(*PORTS), netstat))
    names = {each.name for each in seen}
    assert [(each.kind, each.address, each.port, each.pid) for each in seen] == [
        ("tcp", "*", 8080, 842),
        ("tcp", "::1", 8081, 901),
        ("tcp", "*", 5900, 1),
        ("tcp", "*", 5900, 1),
        ("tcp", "10.0.0.11", 8082, 77),
        ("tcp", "127.0.0.1", 9000, 78),
        ("udp", "*", 5353, 377),
    ]
    # netstat of macOS 26 has no name for process 78; of 15 it has none at all, and ps is asked.
    late = {"Code Helper (Plugin)", "postgres", "launchd", "node", "", "mDNSResponder"}
    assert names == (late if macos == "26" else late - {""} | {"some server"})
    assert {("tcp", 50022), ("tcp", 8888), ("udp", 5353)} <= busy
    assert ("tcp", 52741) not in busy, "a connection is no listener"


@each_shell
def test_nothing_wanted_asks_nothing(tmp_path: Path, shell: tuple[str, ...]) -> None:
    section = looked(tmp_path, shell, a_wish(), 'touch "$HOME/ran"')
    assert listeners.read(section) == ((), frozenset())
    assert not (tmp_path / "ran").exists()


@each_shell
def test_only_the_protocols_that_are_wanted_are_asked_for(tmp_path: Path, shell: tuple[str, ...]) -> None:
    netstat = f'echo "$3" >>"$HOME/ran"; cat {TRANSCRIPTS}/macos-26-$3.txt'
    looked(tmp_path, shell, a_wish("8080:80"), netstat)
    assert (tmp_path / "ran").read_text() == "tcp\n"


@each_shell
def test_a_netstat_that_fails_is_unreadable(tmp_path: Path, shell: tuple[str, ...]) -> None:
    section = looked(tmp_path, shell, a_wish("8080:80"), "echo 'netstat: sysctl: not today' >&2; exit 1")
    with pytest.raises(Unreadable, match=r"netstat -anv -p tcp \(exit status 1\): netstat: sysctl: not today"):
        listeners.read(section)


@pytest.mark.parametrize("line", ["tcp4 0 0 *.8080 *.* LISTEN odd", "tcp4 0 0 *.8080 *.* LISTEN 0 0 x:y z"])
def test_columns_nobody_knows_cost_only_the_name(line: str) -> None:
    facts = {"netstat_tcp": ("0",), "columns_tcp": ("Proto (state) what",), "listener": (line,), "busy_tcp": (" 8080",)}
    assert listeners.read(Section("preflight", facts=facts)) == (
        (Listener("tcp", "*", 8080),),
        frozenset({("tcp", 8080)}),
    )
    (found,) = findings(a_wish("8080:80"), Listener("tcp", "*", 8080))
    assert found.what == "port 8080/tcp of this Mac is taken by a program that netstat does not name"
    assert found.remedy.endswith("or look who it is, on the Mac: `sudo lsof -nP -i tcp:8080`")


def test_a_taken_port_names_both_owners_and_a_free_one() -> None:
    (found,) = findings(a_wish("8080:80"), Listener("tcp", "*", 8080, 842, "node"), busy={("tcp", 8081)})
    assert (found.address, found.code) == ("preflight.port.8080", "PORT_TAKEN")
    assert found.what == "port 8080/tcp of this Mac is taken by node (process 842)"
    assert found.why.startswith("the container `web` of the stack `shop` wants it")
    assert found.remedy == "write `8082:80` for it in the lab file; or end it, on the Mac: `ps -p 842` says what it is"


def test_what_macos_uses_itself_is_named_as_its_settings_do() -> None:
    (found,) = findings(a_wish("5900:5901"), Listener("tcp", "*", 5900, 1, "launchd"))
    assert "Screen Sharing, in System Settings" in found.remedy


@pytest.mark.parametrize(
    ("port", "listener", "clash"),
    [
        ("8080:80", Listener("tcp", "127.0.0.1", 8080, 1), True),
        ("8080:80", Listener("tcp", "*", 8080, 1), True),
        ("8080:80", Listener("tcp", "10.0.0.11", 8080, 1), False),
        ("8080:80", Listener("tcp", "::1", 8080, 1), False),
        ("8080:80", Listener("udp", "*", 8080, 1), False),
        ("[::1]:8080:80", Listener("tcp", "::1", 8080, 1), True),
        ("[::1]:8080:80", Listener("tcp", "fe80::1%lo0", 8080, 1), False),
        ("8080:80/udp", Listener("udp", "*", 8080, 1), True),
        ("0.0.0.0:8080:80", Listener("tcp", "10.0.0.11", 8080, 1), True),
    ],
)
def test_only_who_answers_at_the_same_address_is_in_the_way(port: str, listener: Listener, clash: bool) -> None:
    assert len(findings(a_wish(port), listener)) == clash


def test_what_our_own_gvproxy_has_is_ours() -> None:
    ours = (f"611 {GVPROXY.format('carbon')}",)
    assert findings(a_wish("8080:80"), Listener("tcp", "127.0.0.1", 8080, 611, "gvproxy"), machine=ours) == []
    both = (Listener("tcp", "*", 8080, 611), Listener("tcp", "*", 8080, 5))
    assert findings(a_wish("8080:80"), *both, machine=ours) == []


def test_another_machines_gvproxy_is_named() -> None:
    other = (f"700 {GVPROXY.format('podman-machine-default')}",)
    (found,) = findings(a_wish("8080:80"), Listener("tcp", "*", 8080, 700, "gvproxy"), machine=other)
    assert found.what.endswith("taken by the Podman machine `podman-machine-default`")
    assert found.remedy.endswith("or stop that machine: `podman machine stop podman-machine-default`")


def test_the_way_into_the_machine_is_not_a_stacks() -> None:
    ours = (f"611 {GVPROXY.format('carbon')}",)
    (found,) = findings(a_wish("50022:80"), Listener("tcp", "127.0.0.1", 50022, 611), machine=ours)
    assert found.what.endswith("taken by the Podman machine `carbon`")
    assert found.remedy == "write `50023:80` for it in the lab file"


def test_a_service_that_is_off_asks_for_nothing() -> None:
    mac = a_mac(one(services={"off": {"ports": ["1:1"]}, "on": {"enabled": True, "ports": ["2222:22", "2223:22/udp"]}}))
    assert listeners.asks(mac) == {"CF_PREFLIGHT_PROTOCOLS": "tcp udp", "CF_PREFLIGHT_PORTS": "tcp/2222 udp/2223"}
    assert listeners.asks(Mac("m")) == {"CF_PREFLIGHT_PROTOCOLS": "", "CF_PREFLIGHT_PORTS": ""}
    assert isinstance(mac.section("stacks", Stacks), Stacks)
