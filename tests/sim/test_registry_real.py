"""One Mac builds and pushes, another pulls by digest: real podman on both, and a real registry behind a login."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet import assets
from carbon_fleet.sim import network
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.registry_real import PASSWORD, ClosedRegistry
from tests.sim.runs import guest
from tests.unit.operations.made_images import forget, make_project

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(600)]
MB = 1_000_000
FILES = {
    "images/top/Containerfile": (
        "ARG BASE\nFROM ${BASE}\nARG WORD=one\n"
        "RUN dd if=/dev/urandom of=/small bs=1M count=2 status=none && echo ${WORD} >/word\n"
        "RUN dd if=/dev/urandom of=/big bs=1M count=24 status=none\n"
    ),
    "images/top/image.yml": 'description: Large enough to interrupt.\nargs: {BASE: none, WORD: "one"}\n',
    **{name: (assets.root() / "files" / name).read_text() for name in ("stacks/registry.yml", "stacks/registry.sh")},
}
NAMES = "podman images --no-trunc --format '{{.ID}} {{range .Names}}{{.}} {{end}}' localhost/carbon-fleet/top"

LAYERS = "cat $(podman info --format '{{.Store.GraphRoot}}')/overlay-layers/layers.json"


class Fleet:
    """Two Macs with running machines; the first builds for the second, through the registry."""

    def __init__(self, lab: SimulatedLab, project: Path, registry: ClosedRegistry) -> None:
        self.lab, self.project, self.registry = lab, project, registry
        self.at = f"{network.HOST_ADDRESS}:{registry.port}/carbon"
        self.base = json.loads((lab.state.directory / "services" / "services.json").read_text())["base_reference"]

    def file(self, word: str, **defaults: Any) -> str:
        """A lab file that wishes the image with another `word`, and so another image."""
        document = yaml.safe_load(self.lab.file.read_text())
        images = {"top": {"args": {"BASE": self.base, "WORD": word}}}
        registry = {"at": self.at, "insecure": True, "user": "lab", "password": "registry-password"}
        secrets = {"registry-password": {"source": "env", "name": "LAB_REGISTRY_PASSWORD"}}
        document["defaults"] |= {"stacks": [], "images": images, "build_on": "builders"}
        document["defaults"] |= {"registry": registry, "secrets": secrets, **defaults}
        document["groups"] = {"builders": {}}
        document["macs"]["mac-01"]["groups"] = ["builders"]
        path = self.lab.file.with_name(f"{word}.yml")
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return str(path)

    def run(self, file: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tests.sim.spread_apply", file, str(self.project)]
        environment = {**os.environ, "LAB_REGISTRY_PASSWORD": password}
        return subprocess.run(command, capture_output=True, text=True, timeout=400, env=environment)

    def apply(self, file: str, expect: int = 0) -> dict[str, Any]:
        """The Macs' parts of the Report, by name."""
        ran = self.run(file)
        assert ran.returncode == expect, f"{ran.returncode}: {ran.stdout[-4000:]}\n{ran.stderr[-3000:]}"
        assert PASSWORD not in ran.stdout + ran.stderr
        return {mac["mac"]: mac for mac in json.loads(ran.stdout)["macs"]}

    def inside(self, mac: str, command: str) -> str:
        done = guest(self.lab, mac, command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def layers(self, mac: str) -> int:
        """How many layers a Mac's engine holds whole: it keeps them in this list, those of no image yet, too."""
        return guest(self.lab, mac, LAYERS).stdout.count('"diff-digest"')

    def names(self, mac: str) -> list[str]:
        """The id of a Mac's image `top`, and every name it goes by but the lab's own tag."""
        lines = self.inside(mac, NAMES).splitlines()
        return sorted({word for line in lines for word in line.split() if not word.startswith("localhost/")})


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    place = tmp_path_factory.mktemp("registry")
    deploy = assets.root() / "deploy.py"
    patch = pytest.MonkeyPatch()
    try:
        project = make_project(patch, place / "project", FILES)
        shutil.copy(deploy, project)
    finally:
        patch.undo()
        forget()
    registry = ClosedRegistry(place / "registry")
    try:
        with SimulatedLab.up(macs=2, vm="real", state=place / "labs") as lab:
            made = Fleet(lab, project, registry)
            made.apply(made.file("bare", images={}))
            made.inside("mac-02", f"podman pull -q {made.base}")
            yield made
    finally:
        registry.close()


def spread(report: dict[str, Any]) -> dict[str, Any]:
    (entry,) = report["mac-02"]["measured"]["spread"]
    return dict(entry)


def test_pushed_once_pulled_by_digest_and_a_second_run_is_empty(fleet: Fleet) -> None:
    file = fleet.file("one")
    made = fleet.apply(file)
    (first, name), (second, other) = fleet.names("mac-01")[::-1], fleet.names("mac-02")[::-1]
    assert (first, name) == (second, other)
    assert name.startswith(f"{fleet.at}/top@sha256:")
    entry = spread(made)
    assert (entry["moved_bytes"] > 26 * MB, entry["moved_blobs"]) == (True, 4), "three layers and settings"
    assert entry["registry"] == fleet.at
    assert entry["build_seconds"] is not None
    (command,) = [result["command"] for result in made["mac-02"]["results"] if result["address"] == "image.top"]
    assert command == f"bring {entry['image']} from mac-01"
    again = fleet.apply(file)
    assert [(mac["outcome"], mac["results"]) for mac in again.values()] == [("converged", [])] * 2
    for mac in ("mac-01", "mac-02"):
        assert fleet.inside(mac, "ls /run | grep -c carbon-fleet-login || :") == "0"


def test_a_registry_killed_in_the_middle_of_a_pull_is_named_and_gone_on_with(fleet: Fleet) -> None:
    file = fleet.file("two")
    before = fleet.layers("mac-02")
    fleet.registry.die_after, fleet.registry.dies_when = 14 * MB, lambda: fleet.layers("mac-02") > before
    made = fleet.apply(file, expect=4)
    assert fleet.layers("mac-02") == before + 1, "the small one is kept, the big one was on its way"
    (failure,) = made["mac-02"]["failures"]
    assert (failure["code"], failure["address"]) == ("BUILDER_FAILED", "image.top"), failure
    assert (fleet.at in failure["remedy"], made["mac-01"]["outcome"]) == (True, "changed")
    fleet.registry.registry.start()
    given = fleet.registry.given
    entry = spread(fleet.apply(file))
    assert fleet.registry.given - given < 26 * MB, "the base's layer and the small one, which are there, came again"
    assert (entry["moved_bytes"] < 27 * MB, entry["kept_bytes"] > 50 * MB) == (True, True)
    assert fleet.names("mac-01") == fleet.names("mac-02")


def test_what_a_registry_has_lost_is_pushed_again(fleet: Fleet) -> None:
    file = fleet.file("two")
    fleet.inside("mac-02", "podman untag $(podman images -q localhost/carbon-fleet/top | head -n 1)")
    shutil.rmtree(fleet.registry.blobs / "docker/registry/v2/repositories/carbon/top/_manifests")
    made = fleet.apply(file)
    assert spread(made)["image"].startswith("localhost/carbon-fleet/top:")
    assert fleet.names("mac-01") == fleet.names("mac-02")


def test_an_image_whose_push_was_forgotten_or_that_goes_elsewhere_is_drift_and_is_pushed(fleet: Fleet) -> None:
    file = fleet.file("two")
    (_, name) = fleet.names("mac-01")[::-1]
    fleet.inside("mac-01", f"podman untag $(podman images -q localhost/carbon-fleet/top | head -n 1) {name}")
    made = fleet.apply(file)
    assert [change["attributes"][0]["name"] for change in made["mac-01"]["changes"]] == ["pushed"]
    assert made["mac-02"]["changes"] == []
    assert fleet.names("mac-01") == fleet.names("mac-02")


def test_a_wrong_password_is_the_registrys_to_refuse_and_stands_nowhere(fleet: Fleet) -> None:
    file = fleet.file("three")
    wrong = "not-the-password-of-it-9Zx"
    ran = fleet.run(file, wrong)
    assert (ran.returncode, wrong in ran.stdout + ran.stderr) == (4, False), ran.stdout[-2000:]
    failures = {mac["mac"]: mac["failures"][0] for mac in json.loads(ran.stdout)["macs"]}
    assert failures["mac-01"]["address"] == "image.top"
    assert "unauthorized" in failures["mac-01"]["what"] or "authentication required" in failures["mac-01"]["what"]
    assert failures["mac-02"]["code"] == "BUILDER_FAILED"


def test_the_lab_s_registry_says_which_tag_has_moved_on(fleet: Fleet) -> None:
    """`images outdated` asks a real registry: the tag a stack is pinned by is on another digest there."""
    file = Path(fleet.file("two"))
    document = yaml.safe_load(file.read_text())
    pinned = f"docker.io/library/debian:bookworm@sha256:{'1' * 64}"
    document["defaults"]["stacks"] = [{"name": "s", "containers": {"c": {"image": pinned}}}]
    file.write_text(yaml.safe_dump(document))
    services = json.loads((fleet.lab.state.directory / "services" / "services.json").read_text())
    at = f"docker.io=http://127.0.0.1:{services['registry_port']}"
    line = [sys.executable, "-m", "tests.sim.project_cli", str(fleet.project), "images", "outdated", str(file)]
    ran = subprocess.run([*line, "--at", at, "--json"], capture_output=True, text=True, timeout=120)
    rows = {row["image"]: (row["pinned"], row["now"]) for row in json.loads(ran.stdout)["images"]}
    assert ran.returncode == 2
    assert rows["docker.io/library/debian:bookworm"][1] == services["base_digest"]


UPSTREAM = (
    "mkdir /tmp/upstream && cp /usr/bin/docker-registry /tmp/upstream/registry && "
    "printf 'FROM %s\\nCOPY registry /bin/registry\\n' {base} >/tmp/upstream/Containerfile && "
    "podman build -q -t docker.io/library/registry:2.8.3 /tmp/upstream"
)


def test_the_registry_may_be_a_stack_of_the_mac_that_builds(fleet: Fleet) -> None:
    """Debian's registry of the same version stands in for upstream's image; the first run already pushes to it."""
    fleet.inside("mac-01", UPSTREAM.format(base=fleet.base))
    at, here = "127.0.0.1:5000/carbon", Path(fleet.file("four"))
    (here.parent / "registry.htpasswd").write_text(fleet.registry.login)
    (here.parent / "registry.htpasswd").chmod(0o600)
    document = yaml.safe_load(here.read_text())
    document["defaults"]["registry"] |= {"at": at}
    document["defaults"]["secrets"]["registry-htpasswd"] = {"source": "file", "name": "registry.htpasswd"}
    document["macs"]["mac-01"]["stacks"] = ["registry"]
    document["macs"]["mac-02"]["registry"] = None
    here.write_text(yaml.safe_dump(document))
    made = fleet.apply(str(here))
    changes = [change["address"] for change in made["mac-01"]["changes"]]
    assert changes.index("stack.registry.registry") < len(changes) - 1 - changes[::-1].index("image.top")
    assert [name.partition("@")[0] for name in fleet.names("mac-01") if "@" in name] == [f"{at}/top"]
    assert spread(made)["registry"] is None, "this Mac has none: straight from Mac to Mac"
    refused = guest(fleet.lab, "mac-01", f"podman pull --tls-verify=false {at}/top:nothing")
    assert (refused.returncode, "authentication required" in refused.stderr) == (125, True), refused.stderr
    assert [(mac["outcome"], mac["results"]) for mac in fleet.apply(str(here)).values()] == [("converged", [])] * 2


def test_what_is_in_an_image_is_told_of_one_that_was_pulled(fleet: Fleet) -> None:
    line = [sys.executable, "-m", "tests.sim.project_cli", str(fleet.project), "images", "sbom", fleet.file("four")]
    environment = {**os.environ, "LAB_REGISTRY_PASSWORD": PASSWORD}
    told = [
        subprocess.run([*line, mac, "top"], capture_output=True, text=True, timeout=120, env=environment)
        for mac in ("mac-01", "mac-02")
    ]
    assert [ran.returncode for ran in told] == [0, 0], told[0].stderr
    assert told[0].stdout == told[1].stdout, "the same image on both"
    document = json.loads(told[0].stdout)
    assert document["specVersion"] == "1.6"
    assert {"apt", "dpkg", "libc6"} <= {part["name"] for part in document["components"]}
