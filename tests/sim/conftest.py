from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac

BREW = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
PODMAN = "/opt/homebrew/bin/podman"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """A lab with two bare Macs for one module of tests."""
    with SimulatedLab.up(macs=2, state=tmp_path_factory.mktemp("sim")) as simulated:
        yield simulated


@pytest.fixture(scope="module")
def bare(lab: SimulatedLab) -> SimulatedMac:
    """A Mac with nothing but Homebrew."""
    return lab.mac("mac-02")


@pytest.fixture(scope="module")
def mac(lab: SimulatedLab) -> SimulatedMac:
    """A Mac with podman and krunkit installed and a machine `carbon`, not started."""
    first = lab.mac("mac-01")
    wanted = f"{BREW} tap libkrun/krun && {BREW} trust libkrun/krun && {BREW} install krunkit podman"
    init = f"{PODMAN} machine init --provider libkrun --cpus 2 --memory 2048 --disk-size 20 --rootful -v /Users:/Users"
    done = first.ssh(f"{wanted} && {init} carbon")
    assert done.returncode == 0, done.stderr
    return first


@pytest.fixture
def running(mac: SimulatedMac) -> SimulatedMac:
    """The same Mac with its machine running."""
    said = mac.ssh(f"{PODMAN} machine start carbon </dev/null")
    assert said.returncode == 0 or "already running" in said.stderr, said.stderr
    return mac


@pytest.fixture
def stopped(mac: SimulatedMac) -> SimulatedMac:
    """The same Mac with its machine stopped."""
    assert mac.ssh(f"{PODMAN} machine stop carbon").returncode == 0
    return mac
