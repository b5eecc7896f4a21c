"""Real podman in a real machine has images from a site mirror, whatever registry they are of, and only there."""

import platform
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from carbon_fleet.mirror.build import Build
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.server import Server
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.mirror.web import Web
from carbon_fleet.plan import Where
from carbon_fleet.plan.files import FileWish, write_file
from carbon_fleet.sim import network
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices, Services
from carbon_fleet.sim.vm import VMSpec
from carbon_fleet.spec import Mac
from carbon_fleet.spec.references import reference
from operations.guest.registries import DROP_IN, text
from operations.image.wish import Images
from operations.stack.wish import Stacks
from tests.sim.test_stacks_real import Machine

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(300)]
BASE = "docker.io/library/debian:bookworm"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
LAB_OWN = "/etc/containers/registries.conf.d/50-lab.conf"


class Site(NamedTuple):
    """A booted VM, the mirror it is to use, what the mirror was asked, and the digest of its one image."""

    machine: Machine
    server: Server
    asked: list[str]
    digest: str


def filled(folder: Path, services: LabServices) -> None:
    """A mirror of the lab's base image, fetched from the lab's own, real registry."""
    depot, said = Depot(folder), list[str]()
    at = {"docker.io": f"http://127.0.0.1:{services.registry_port}"}
    wants = Wants(images={(reference(BASE), f"linux/{ARCHITECTURE}")})
    with depot.building():
        work = Build("lab", wants, depot, Web(depot, at, said.append), (), said.append)
        assert work.run() is not None, work.failures


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place, asked = tmp_path_factory.mktemp("mirror"), list[str]()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "key")], check=True)
    services = Services(place / "services")
    running = services.start()
    spec = VMSpec("mirror", place / "vm", free_port(), (place / "key.pub").read_text(), 2, 2048, True, "applehv")
    vm = RealVM(spec, running)
    try:
        filled(place / "site", running)
        server = Server(place / "site", ("127.0.0.1", 0), asked.append)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        services.stop()  # nothing but the mirror has the image now
        vm.boot()
        machine = Machine(Mac("m"), spec, place / "key")
        machine.run(f"rm {LAB_OWN}")
        yield Site(machine, server, asked, running.base_digest)
    finally:
        vm.stop(hard=True)
        services.stop()


def test_it_pulls_by_tag_and_by_digest_from_the_mirror(site: Site) -> None:
    mirror = f"http://{network.HOST_ADDRESS}:{site.server.server_port}"
    containers = '[{"name": "x", "containers": {"x": {"image": "docker.io/library/debian:bookworm"}}}]'
    sections: dict[str, BaseModel] = {"images": Images({}), "stacks": Stacks.model_validate_json(containers)}
    mac = Mac("m", mirror=mirror, sections=sections)
    site.machine.command(write_file(FileWish(DROP_IN, text(mirror, mac), "0644", "root"), Where.GUEST))
    for name in (BASE, f"docker.io/library/debian@{site.digest}"):
        site.machine.run(f"podman pull -q {name}")
        assert site.machine.run(f"podman run --rm --network none {name} cat /etc/debian_version").startswith("12")
        assert site.digest in site.machine.run(f"podman image inspect --format '{{{{.RepoDigests}}}}' {name}")
        site.machine.run("podman rmi -af")
    assert any("GET /v2/docker.io/library/debian/manifests/bookworm" in line for line in site.asked)
    assert any("GET /v2/docker.io/library/debian/blobs/sha256:" in line for line in site.asked)


def test_what_the_mirror_has_not_does_not_come_from_somewhere_else(site: Site) -> None:
    lacking = site.machine.ssh("podman pull -q docker.io/library/busybox:1")
    assert lacking.returncode != 0
    assert "manifest unknown" in lacking.stderr
    assert f"{network.HOST_ADDRESS}:{site.server.server_port}/docker.io/library/busybox" in lacking.stderr
