"""The fixtures of `tests/state`: the wish, and testinfra's hosts for the Mac, its virtual machine and a container."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify.backends import LOOKS
from carbon_fleet.verify.look import Look
from carbon_fleet.verify.record import UNKNOWN, Recorder
from carbon_fleet.verify.trouble import Closed


@pytest.fixture(scope="session")
def wish(pytestconfig: pytest.Config) -> Mac:
    """What the Mac should be."""
    from carbon_fleet.verify.plugin import WISH

    return pytestconfig.stash[WISH]


@pytest.fixture(scope="session")
def before(pytestconfig: pytest.Config) -> dict[str, Any]:
    """What was on the Mac before carbon-fleet, plain JSON by address; nothing where nobody says."""
    path = pytestconfig.getoption("--carbon-before")
    told: dict[str, Any] = json.loads(path.read_text()) if path else {}
    return told


@pytest.fixture(scope="session")
def recorder(pytestconfig: pytest.Config) -> Recorder:
    """Where notices go, and the name of the GPU."""
    from carbon_fleet.verify.plugin import RECORDER

    return pytestconfig.stash[RECORDER]


@pytest.fixture(scope="session")
def look(wish: Mac) -> Look:
    """The open connection itself."""
    return LOOKS[wish.name]


@pytest.fixture(scope="session")
def mac(wish: Mac) -> Host:
    """The Mac, as its login user."""
    return testinfra.get_host(f"carbon-mac://{wish.name}")


@pytest.fixture(scope="session")
def vm(wish: Mac, look: Look) -> Host:
    """The virtual machine, as root. While it is closed, what is in it is unknown; test_guest.py fails for it."""
    try:
        look.hop()
    except Closed as closed:
        if not closed.of_machine:
            raise
        pytest.skip(f"{UNKNOWN}{closed.what}")
    return testinfra.get_host(f"carbon-vm://{wish.name}")


@pytest.fixture(scope="session")
def container(wish: Mac, vm: Host) -> Callable[[str], Host]:
    """A function from a container's name to the container."""

    def of(name: str) -> Host:
        if vm.run("podman container exists %s", name).rc != 0:
            pytest.skip(f"{UNKNOWN}there is no container {name}")
        return testinfra.get_host(f"carbon-container://{wish.name}+{name}")

    return of
