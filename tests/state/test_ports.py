"""Published ports, asked on the Mac by the perl macOS ships: who should answer does, and to nobody else than wished."""

from collections.abc import Callable, Iterable

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify.reach import ASK, OWN_ADDRESS
from carbon_fleet.verify.wish import EACH, Opening, runtime_of

SECONDS = 2
LOOPBACK = "127.0.0.1"
Answers = Callable[[str], str]
MODELLED = {
    "docker": (
        'for app in /Applications/Docker.app "$HOME/Applications/Docker.app"; do [ ! -d "$app" ] || break; done; '
        'DOCKER_HOST="unix://$HOME/.docker/run/docker.sock" "$app/Contents/Resources/bin/docker" info '
        "--format '{{.OperatingSystem}}'"
    ),
    "apple-container": 'head -c 9 "$HOME/Library/Application Support/com.apple.container/kernels/default.kernel-arm64"',
}
"""What says so of a runtime; native programs are real in any simulation."""


def _address(opening: Opening, shared: str) -> str:
    """Where it has to answer: for the network at the address the Mac is reached at, not just by itself."""
    host = opening.port.host.strip("[]")
    return f"{shared if opening.port.everywhere else host}:{opening.port.outer}"


@pytest.fixture(scope="module")
def reached(mac: Host) -> str:
    """The Mac's address that this very look came by; without ssh, its address on the network or its own."""
    words = mac.run("echo $SSH_CONNECTION").stdout.split()
    return words[2] if len(words) == 4 else mac.run("perl -e %s", OWN_ADDRESS).stdout or LOOPBACK


@pytest.fixture(scope="module")
def others(mac: Host, reached: str) -> tuple[str, ...]:
    """The Mac's addresses that others can reach."""
    found = dict.fromkeys((mac.run("perl -e %s", OWN_ADDRESS).stdout, reached))
    return tuple(address for address in found if address and not address.startswith("127."))


@pytest.fixture(scope="module")
def answer(mac: Host, vm: Host, wish: Mac, reached: str, others: tuple[str, ...]) -> Answers:
    """What is heard at the ports of stacks in the Podman machine."""
    if "modelled" in vm.run("cat /etc/os-release").stdout:
        pytest.skip("this (simulated) machine is modelled: nothing in it listens")
    return _asked(mac, EACH["opening"](wish).values(), reached, others)


@pytest.fixture(scope="module")
def answer_of_mac(mac: Host, wish: Mac, reached: str, others: tuple[str, ...]) -> Answers:
    """What is heard at the ports of stacks that the Mac's other runtimes run."""
    return _asked(mac, EACH["mac_opening"](wish).values(), reached, others)


@pytest.fixture(scope="module")
def modelled(mac: Host, wish: Mac) -> frozenset[str]:
    """The runtimes of a simulated Mac whose containers are modelled, so that nothing listens."""
    used = {runtime_of(each, wish) for each in EACH["mac_opening"](wish).values()}
    return frozenset(name for name, ask in MODELLED.items() if name in used and "modelled" in mac.run(ask).stdout)


def _asked(mac: Host, published: Iterable[Opening], reached: str, others: tuple[str, ...]) -> Answers:
    """What is heard at `HOST:PORT` of the Mac; every place is asked once, all at the same time."""
    openings = [each for each in published if each.port.kind == "tcp"]
    places = [_address(opening, reached) for opening in openings]
    places += [f"{host}:{opening.port.outer}" for opening in openings if not opening.network for host in others]
    asked = mac.run("perl -e %s %s " + " ".join(places), ASK, str(SECONDS), deadline=30)
    heard = dict(line.partition(" ")[::2] for line in asked.stdout.splitlines())
    return lambda place: heard.get(place, "perl on the Mac did not say")


@pytest.mark.remedy("see `podman logs NAME` in the machine, then `carbon-fleet apply {lab} --limit {mac}`")
def test_port_answers(answer: Answers, reached: str, opening: Opening) -> None:
    if opening.port.kind != "tcp":
        pytest.skip(f"port {opening.port.outer} is for {opening.port.kind}, where silence says nothing")
    place = _address(opening, reached)
    assert answer(place) == "answers", f"{opening.owner} does not answer at {place}: {answer(place)}"


@pytest.mark.remedy("see what its program or container says, then `carbon-fleet apply {lab} --limit {mac}`")
def test_port_of_the_mac_answers(
    answer_of_mac: Answers, modelled: frozenset[str], wish: Mac, reached: str, mac_opening: Opening
) -> None:
    if runtime_of(mac_opening, wish) in modelled:
        pytest.skip("this (simulated) runtime is modelled: nothing in its containers listens")
    place = _address(mac_opening, reached)
    assert answer_of_mac(place) == "answers", f"{mac_opening.owner} does not answer at {place}: {answer_of_mac(place)}"


@pytest.mark.remedy("see on {mac} who it is: `sudo lsof -nP -iTCP -sTCP:LISTEN`; only `expose: lan` opens a port")
def test_port_is_the_macs_own(answer: Answers, others: tuple[str, ...], own_opening: Opening) -> None:
    _is_own(own_opening, answer, others)


@pytest.mark.remedy("see on {mac} who it is: `sudo lsof -nP -iTCP -sTCP:LISTEN`; only `expose: lan` opens a port")
def test_port_of_the_mac_is_its_own(answer_of_mac: Answers, others: tuple[str, ...], own_mac_opening: Opening) -> None:
    _is_own(own_mac_opening, answer_of_mac, others)


def _is_own(opening: Opening, answer: Answers, others: tuple[str, ...]) -> None:
    if not others:
        pytest.skip("the Mac has no address that others could reach")
    port = opening.port.outer
    found = [f"{host}:{port}" for host in others if answer(f"{host}:{port}") != "nobody listens there"]
    assert not found, f"{opening.owner} is the Mac's own, but something answers at {', '.join(found)}"
