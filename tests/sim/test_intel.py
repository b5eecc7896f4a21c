"""A modelled Mac with an Intel processor: Docker Desktop and nothing of Homebrew's."""

from collections.abc import Iterator

import pytest

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import commands, fleet, lab_file
from tests.sim.test_destroy import changed, tree

pytestmark = [pytest.mark.sim]
WEB = {"image": "docker.io/library/nginx:1", "ports": ["8080:80"], "volumes": ["shop-data:/data"]}
STACKS = [{"name": "shop", "containers": {"web": WEB}}]
INTEL = {"platform": "linux/amd64", "runtime": "docker"}


@pytest.fixture(scope="module")
def mac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedMac]:
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("intel")) as lab:
        intel = lab.mac("mac-01")
        intel.break_("intel")
        intel.break_("brew-absent")
        yield intel


def test_docker_is_all_it_can_run(mac: SimulatedMac) -> None:
    file = lab_file(SimulatedLab(mac.state), stacks=STACKS, images=None, **INTEL)
    refused = fleet("apply", file, expect=3)["macs"][0]
    assert [one["code"] for one in refused["failures"]] == ["DOCKER_MISSING"]
    engines.add_docker(mac)
    engines.accept_docker(mac)
    theirs = tree(mac)
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []
    assert fleet("verify", file, expect=0)["macs"][0]["tests"]["failed"] == 0
    fleet("destroy", file, "mac-01", "--delete-volumes", "--yes", expect=0)
    left = {path for path in changed(theirs, tree(mac)) if not path.startswith("Users/lab/.local")}
    assert left == set(), "the application and all that is its own stay: a person brought them"
