"""A stack of the runtime `docker` by real docker and real Compose, before a real engine: podman's API for Docker.

Nothing between carbon-fleet and the containers is modelled; that the engine is podman's and not Docker Desktop's is
what is left (docs/simulation.md). What takes longer than a minute together is behind `make test-compose`.
"""

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Bring, Command
from carbon_fleet.plan.command import render
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from operations.docker import carry
from operations.docker.commands import script
from tests.sim.docker_real import Desktop
from tests.sim.published_real import SAYS
from tests.sim.runs import attributes, commands, fleet, lab_file

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(400)]
IMAGE = "docker.io/library/debian:bookworm"
PORT = free_port()
CHECK = {"command": "test ! -e /tmp/ill", "interval": "1s", "timeout": "5s", "retries": 1, "start_period": "0s"}
WEB: dict[str, Any] = {
    "image": IMAGE,
    "command": ["perl", "-e", f"$SIG{{TERM}} = sub {{ exit 0 }}; {SAYS}"],
    "ports": [f"{PORT}:80"],
    "volumes": ["shop-data:/data"],
    "secrets": {"TOKEN": "shop-token", "/run/secrets/token": "shop-token"},
    "environment": {"PRICE": "5$ and ${HOME}"},
    "health": CHECK,
}
STAY = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]
IDLE: dict[str, Any] = {"image": IMAGE, "command": STAY, "after": ["web"], "volumes": ["shop-log:/log"]}
COMPOSE = "/Users/lab/.config/carbon-fleet/docker/shop/compose.yaml"
TAG = "localhost/carbon-fleet/top:0123456789abcdef"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def desktop(lab: SimulatedLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    made = Desktop(lab, lab.mac("mac-01"), tmp_path_factory.mktemp("desktop"))
    try:
        made.start()
        made.publish(PORT)
        yield made
    finally:
        made.stop()


def wish(lab: SimulatedLab, **idle: Any) -> str:
    stacks = [{"name": "shop", "containers": {"web": WEB, "idle": {**IDLE, **idle}}}]
    return lab_file(lab, runtime="docker", stacks=stacks, images=None)


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, desktop: Desktop) -> str:
    """The lab file, applied."""
    path = wish(lab)
    fleet("apply", path, expect=0)
    return path


def inspected(desktop: Desktop, name: str) -> dict[str, Any]:
    (found,) = json.loads(desktop.docker(f"inspect --type container {name}"))
    return dict(found)


def ids(desktop: Desktop) -> list[str]:
    return [str(inspected(desktop, name)["Id"]) for name in ("shop-web", "shop-idle")]


def test_a_second_run_is_empty_and_verify_agrees(file: str) -> None:
    assert commands(fleet("apply", file, expect=0)) == []
    assert fleet("verify", file, expect=0)["macs"][0]["tests"]["failed"] == 0


def test_the_container_is_what_the_file_says(file: str, desktop: Desktop) -> None:
    web = inspected(desktop, "shop-web")
    token = (desktop.mac.home / ".config/carbon-fleet/secrets/shop-token").read_text()
    given = dict(line.split("=", 1) for line in web["Config"]["Env"])
    assert (given["TOKEN"], given["PRICE"]) == (token, "5$ and ${HOME}"), "nothing is expanded"
    assert desktop.docker("exec shop-web cat /run/secrets/token") == token
    assert web["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert web["State"]["Health"]["Status"] == "healthy"
    labels = web["Config"]["Labels"]
    assert (labels["io.carbon-fleet.stack"], labels["com.docker.compose.service"]) == ("shop", "web")
    assert labels["io.carbon-fleet.secrets"].startswith("shop-token:")
    (volume,) = (mount for mount in web["Mounts"] if mount["Type"] == "volume")
    assert (volume["Name"], volume["Destination"]) == ("shop-data", "/data")
    ask = f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{PORT}; echo GET / >&3; cat <&3'"
    assert desktop.inside(ask).endswith("hello")


def test_compose_by_hand_finds_nothing_to_do(file: str, desktop: Desktop) -> None:
    before = ids(desktop)
    desktop.docker(f"compose --file {COMPOSE} up --detach --wait")
    assert ids(desktop) == before


def test_a_changed_container_alone_is_made_anew(lab: SimulatedLab, file: str, desktop: Desktop) -> None:
    web, idle = ids(desktop)
    fleet("apply", wish(lab, environment={"NEW": "yes"}), expect=0)
    same, other = ids(desktop)
    assert (same, other != idle) == (web, True)
    fleet("apply", wish(lab), expect=0)
    assert ids(desktop)[0] == web


@pytest.mark.compose
def test_a_rotated_secret_reaches_just_who_has_it(file: str, desktop: Desktop) -> None:
    web, idle = ids(desktop)
    before = desktop.docker("exec shop-web cat /run/secrets/token")
    fleet("secret", "rotate", file, "mac-01", "shop-token", expect=0)
    anew, same = ids(desktop)
    assert (anew != web, same) == (True, idle)
    told = desktop.docker("exec shop-web sh -c 'cat /run/secrets/token; printenv TOKEN'").split("\n")[0]
    assert told != before + before
    assert told == told[: len(told) // 2] * 2, "both ways carry the same value"
    assert commands(fleet("apply", file, expect=0)) == []


@pytest.mark.compose
def test_one_that_ends_starts_again(file: str, desktop: Desktop) -> None:
    before = inspected(desktop, "shop-idle")["State"]["Pid"]
    desktop.inside(f"kill -9 {before}")
    again = f"podman inspect --format '{{{{.State.Running}}}} {{{{.State.Pid}}}}' shop-idle | grep -v -w {before}"
    desktop.inside(f"for i in $(seq 100); do {again} | grep -q true && exit 0; sleep 0.1; done; exit 1")
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []


@pytest.mark.compose
def test_drift_is_named_and_healed(file: str, desktop: Desktop) -> None:
    desktop.docker("exec shop-web touch /tmp/ill /data/kept")
    ill = "podman inspect --format '{{.State.Health.Status}}' shop-web | grep -qx unhealthy"
    desktop.inside(f"for i in $(seq 100); do {ill} && exit 0; sleep 0.1; done; exit 1")
    desktop.docker("stop --time 0 shop-idle")
    seen = attributes(fleet("drift", file, expect=2))
    assert seen == {("docker.stack.shop.web", "health"), ("docker.stack.shop.idle", "state")}
    fleet("apply", file, expect=0)
    assert desktop.docker("exec shop-web ls /data") == "kept\n", "a container made anew has its volume's data"
    assert commands(fleet("apply", file, expect=0)) == []


@pytest.mark.compose
def test_down_takes_no_volume_and_apply_brings_it_back(file: str, desktop: Desktop) -> None:
    desktop.docker(f"compose --file {COMPOSE} down --volumes --timeout 0")
    assert desktop.docker("volume ls --quiet").split() == ["shop-data", "shop-log"]
    assert {name for _, name in attributes(fleet("drift", file, expect=2))} == {"container"}
    fleet("apply", file, expect=0)
    assert desktop.docker("exec shop-web ls /data") == "kept\n"


@pytest.mark.compose
def test_a_stack_goes_back_to_the_file_it_had_before(lab: SimulatedLab, file: str, desktop: Desktop) -> None:
    web = ids(desktop)[0]
    fleet("apply", wish(lab, environment={"NEW": "yes"}), expect=0)
    fleet("rollback", file, "mac-01", "shop", "--yes", expect=0)
    same, idle = (inspected(desktop, name) for name in ("shop-web", "shop-idle"))
    assert (same["Id"], "NEW=yes" in idle["Config"]["Env"]) == (web, False)
    wish(lab)
    assert commands(fleet("apply", file, expect=0)) == []


@pytest.mark.compose
def test_an_image_is_built_from_the_context_that_is_sent(file: str, desktop: Desktop) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in (("Containerfile", b"FROM scratch\nCOPY note /note\n"), ("note", b"hello\n")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    context = packed.getvalue()
    words = ("--file", "Containerfile", "--tag", TAG, "--label", "io.carbon-fleet.inputs=0123456789abcdef")
    build = script("build", str(len(context)), *words, says="build", stdin=base64.b64encode(context).decode())
    ran = desktop.mac.ssh(render(build, None), stdin=build.stdin)
    assert ran.returncode == 0, ran
    listed = "image ls --filter label=io.carbon-fleet.inputs --format '{{.Repository}}:{{.Tag}}'"
    assert desktop.docker(listed) == f"{TAG}\n"
    goes_as_an_archive_and_is_checked(desktop)
    assert desktop.docker(listed) == f"{TAG}\n"
    (change,) = fleet("plan", file, expect=2)["macs"][0]["changes"]
    assert (change["address"], change["action"]) == ("docker.image.top", "delete")


def goes_as_an_archive_and_is_checked(desktop: Desktop) -> None:
    """What a builder and a receiver run, one after the other on the same engine."""
    bring = Bring(TAG, "0123456789abcdef", "mac-01", 100, carry.NAME)

    def run(command: Command, way: str = "") -> str:
        ran = desktop.mac.ssh(f"{{ {render(command, None)}\n}} {way}")
        assert ran.returncode == 0, ran
        return ran.stdout

    told = carry.told_in(run(carry.tell(bring)).splitlines())
    assert told is not None
    assert (told.inputs, told.count > 0, told.size > 0) == (bring.inputs, True, True)
    run(carry.give(bring), ">archive.tar")
    desktop.docker(f"image rm {TAG}")
    assert carry.told_in(run(carry.tell(bring)).splitlines()) is None
    run(carry.take(bring, told), "<archive.tar")
    spoiled = carry.take(bring, replace(told, layers=f"{told.layers}sha256:0,"))
    ran = desktop.mac.ssh(f"{{ {render(spoiled, None)}\n}} <archive.tar")
    assert (ran.returncode, "not what the builder has" in ran.stderr) == (65, True), ran
    run(carry.take(bring, told), "<archive.tar")
    desktop.mac.ssh("rm archive.tar")


# Each is a Compose file by hand, what is wrong with it, and what both Compose and its model say.
NONE = {"none": {"name": "none", "external": True}}
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "a volume nobody made": ({"volumes": NONE}, "web", 'volume "none" not found'),
    "another service": ({}, "cache", "no such service: cache"),
    "no file of variables": ({"env_file": [{"path": "./none.env", "format": "raw"}]}, "web", "none.env not found"),
    "no file of labels": ({"label_file": ["./none.labels"]}, "web", "none.labels"),
}


@pytest.mark.compose
@pytest.mark.parametrize("case", WRONG)
def test_compose_and_its_model_fail_in_the_same_words(file: str, desktop: Desktop, case: str) -> None:
    more, service, said = WRONG[case]
    whole = {name: value for name, value in more.items() if name == "volumes"}
    used = [{"type": "volume", "source": name, "target": "/v"} for name in whole.get("volumes", {})]
    web: dict[str, Any] = {
        "container_name": "wrong-web",
        "image": IMAGE,
        "pull_policy": "missing",
        "restart": "no",
        "labels": {},
    }
    web |= {**more, "volumes": used, "network_mode": "bridge"}
    document: dict[str, Any] = {"name": "wrong", "services": {"web": web}, **whole}
    (desktop.mac.home / "wrong.yaml").write_text(f"# by hand\n{json.dumps(document)}\n")
    words = f"compose --file /Users/lab/wrong.yaml up --detach --no-deps --no-build --wait --wait-timeout 10 {service}"
    assert said in desktop.docker(words, expect=1)
    modelled = desktop.mac.ssh(f"DOCKER_HOST=unix:///Users/lab/.docker/run/docker.sock /.sim/py/docker {words}")
    assert (modelled.returncode, said in modelled.stderr) == (1, True), modelled


@pytest.mark.compose
def test_it_leaves_nothing(file: str, desktop: Desktop) -> None:
    (failure,) = fleet("destroy", file, "mac-01", "--yes", expect=3)["macs"][0]["failures"]
    assert failure["code"] == "CONSENT_MISSING"
    fleet("destroy", file, "mac-01", "--delete-volumes", "--yes", expect=0)
    left = [desktop.docker(words) for words in ("ps --all --quiet", "volume ls --quiet")]
    assert left == ["", ""]
