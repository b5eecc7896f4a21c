"""The carbon stacks as they stand in files/stacks: what is open, behind which secret, and how an image is started."""

import json
import re
import subprocess
from typing import Any

import pytest

from carbon_fleet import assets
from carbon_fleet.spec import Mac
from operations.image.wish import Images
from operations.machine.wish import Machine
from operations.model.wish import Models
from operations.secret.wish import Secrets
from operations.stack.checks import check
from operations.stack.container import Container
from operations.stack.quadlet import units
from operations.stack.wish import Stacks, definition
from operations.stack.words import published
from tests.unit.operations.stack_world import changes, converged, units_of

SUITE = ("carbon-base", "carbon-compute", "carbon-tools")
ALL = (*SUITE, "carbon-gpu")
OPEN = {
    "vnc": {6900: 6900, 5900: 5901},
    "rdp": {3390: 3389},
    "ssh": {2222: 22},
    "jupyter": {8888: 8888},
    "code-server": {9999: 9999},
    "spark": {7077: 7077, 8080: 8080, 8081: 8081},
    "postgres": {5432: 5432},
    "mysql": {3306: 3306},
    "mongodb": {27017: 27017},
    "redis": {6379: 6379},
    "qdrant": {6333: 6333, 6334: 6334},
    "mosquitto": {1883: 1883},
    "ollama": {11434: 11434},
}
ON = ("vnc", "rdp", "ssh", "jupyter", "code-server", "spark")


def a_mac(*stacks: Any, user: str | None = "lab", **machine: Any) -> Mac:
    wish = Stacks.model_validate_json(json.dumps(stacks))
    made = {"stacks": wish, "machine": Machine.model_validate_json(json.dumps(machine))}
    return Mac("m", user=user, sections={"images": Images(), "models": Models(), "secrets": Secrets(), **made})


def unit(mac: Mac) -> list[str]:
    return units(mac.section("stacks", Stacks), mac)[0].text.splitlines()


def problems(mac: Mac) -> list[tuple[tuple[str | int, ...], str]]:
    return [(problem.path, problem.what) for problem in check(mac.section("stacks", Stacks), mac)]


def the(stack: str) -> Container:
    return definition(stack).containers[stack]


def test_two_of_the_suite_share_a_mac_once_what_validate_says_is_written() -> None:
    """All that is written is what the mistakes themselves say to write, one after the other."""
    settings: dict[int, dict[str, int]] = {0: {}, 1: {}, 2: {}}
    said: list[str] = []
    for _ in range(40):
        mac = a_mac(*({"name": name, "settings": settings[place]} for place, name in enumerate(SUITE)))
        found = list(check(mac.section("stacks", Stacks), mac))
        if not found:
            break
        problem, place = found[0], found[0].path[1]
        said.append(problem.why)
        write = re.fullmatch(r"write `settings: \{([a-z-]+): (\d+)\}` at the stack", problem.write)
        assert write is not None, problem.write
        assert isinstance(place, int)
        settings[place][write[1]] = int(write[2])
    assert found == []
    assert "the service `vnc` of the stack `carbon-base` has it" in said[0]
    assert "the service `vnc` of the stack `carbon-compute` wants it" in said[0]
    ports = [published(port).outer for unit in units_of(mac) for port in unit.container.ports]
    assert len(ports) == len(set(ports)) == 4 + 9 + 4


@pytest.mark.parametrize("stack", SUITE)
def test_every_service_has_its_ports_and_databases_are_off(stack: str) -> None:
    for name, service in the(stack).services.items():
        assert {published(port).outer: published(port).inner for port in service.ports} == OPEN[name]
        assert service.enabled == (name in ON)
        assert service.switch is not None
        assert service.health is not None
    wanted = set(OPEN) if stack == "carbon-compute" else set(OPEN) - {"jupyter", "code-server", "spark"}
    assert set(the(stack).services) == wanted


@pytest.mark.parametrize("stack", ALL)
def test_what_the_network_may_reach_asks_for_a_secret_the_container_has(stack: str) -> None:
    for name, service in the(stack).services.items():
        given = {**the(stack).secrets, **service.secrets}
        if service.login:
            assert service.login in given.values(), name
        else:
            assert all(published(port).loopback for port in service.ports), name
    everything = {"name": stack, "services": dict.fromkeys(the(stack).services, True), "expose": "lan"}
    assert problems(a_mac(everything)) == []


def test_what_the_stacks_share_is_the_same_in_all() -> None:
    base = the("carbon-base")
    for stack in SUITE[1:]:
        other = the(stack)
        assert {name: other.services[name] for name in base.services} == base.services
        for field in ("gpu", "start", "capabilities", "new_privileges", "environment", "secrets", "health"):
            assert getattr(other, field) == getattr(base, field), field
        shared = definition("carbon-base").settings
        for name in shared.keys() - {"image"}:
            assert definition(stack).settings[name] == shared[name]


@pytest.mark.parametrize("stack", ALL)
def test_the_macs_folder_is_made_and_shown_with_selinux_as_it_is(stack: str) -> None:
    lines = unit(a_mac(stack))
    assert "Volume=/Users/lab/carbon-workspace:/work" in lines
    assert 'ExecStartPre=/usr/bin/mkdir -p -m 0777 -- "/Users/lab/carbon-workspace"' in lines
    assert f"Volume={stack}-home:/home/carbon" in lines
    assert not any(line.startswith(("SecurityLabelDisable", "PodmanArgs=--privileged")) for line in lines)


def test_a_workspace_elsewhere() -> None:
    for place in ("work", "/srv/work"):
        lines = unit(a_mac({"name": "carbon-gpu", "settings": {"workspace": place}}))
        assert f"Volume={place}:/work" in lines
        assert not any("ExecStartPre" in line for line in lines)
    path = ("stacks", 0, "volumes")
    assert problems(a_mac("carbon-gpu", user=None)) == [(path, "nobody says whose folder this is")]
    what = "the machine does not show `/Users/lab/carbon-workspace`"
    assert problems(a_mac("carbon-gpu", volumes=["/opt:/opt"])) == [(path, what)]
    assert problems(a_mac("carbon-gpu", volumes=["/Users/lab:/Users/lab"])) == []
    assert problems(a_mac("carbon-gpu", volumes=["/Users:/mnt"])) == [(path, what)]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("image", "carbon"),
        ("image", "carbon-compute:2"),
        ("workspace", "~/../x"),
        ("workspace", "a:b"),
        ("depth", "12"),
        ("jupyter-port", 0),
        ("resolution", ""),
        ("timezone", "a\nb"),
    ],
)
def test_a_setting_that_cannot_be_is_named_at_its_place(setting: str, value: str | int) -> None:
    found = problems(a_mac({"name": "carbon-compute", "settings": {setting: value}}))
    if setting == "image" and value == "carbon":
        assert found == [(("stacks", 0, "image"), "there is no image `carbon`")]
    else:
        assert [path for path, _ in found] == [("stacks", 0, "settings", setting)]


def test_an_image_by_digest() -> None:
    image = f"docker.io/wisejnrs/carbon-base-macos@sha256:{'0' * 64}"
    assert f"Image={image}" in unit(a_mac({"name": "carbon-base", "settings": {"image": image}}))
    assert "Image=docker.io/wisejnrs/carbon-base-macos:2.0.0" in unit(a_mac("carbon-base"))


@pytest.mark.parametrize("service", OPEN)
def test_a_service_that_is_switched_changes_its_units_alone(service: str) -> None:
    before = a_mac("carbon-compute", "vulkan-check")
    switched = {"name": "carbon-compute", "services": {service: service not in ON}}
    after = a_mac(switched, "vulkan-check")
    switch = the("carbon-compute").services[service].switch
    assert f'Environment="{switch}={str(service in ON).lower()}"' in unit(before)
    assert f'Environment="{switch}={str(service not in ON).lower()}"' in unit(after)
    port = next(iter(OPEN[service]))
    for mac in (before, after):
        is_on = f'Environment="{switch}=true"' in unit(mac)
        assert any(f":{port}:" in line for line in unit(mac) if line.startswith("PublishPort")) == is_on
    # Whether podman has the secrets is another section's word, which nobody said here.
    made = {change.address for change in changes(after, converged(before)) if change.address.startswith("stack.")}
    assert "stack.carbon-compute.carbon-compute" in made
    assert not any("vulkan-check" in address for address in made)
    assert not [change for change in changes(after, converged(after)) if change.address.startswith("stack.")]


def test_the_start_script_is_the_program_and_says_nothing_secret() -> None:
    (line,) = [line for line in unit(a_mac("carbon-base")) if line.startswith("Entrypoint=")]
    words = json.loads(line.removeprefix("Entrypoint=").replace("$$", "$").replace("%%", "%"))
    assert words == ["/bin/sh", "-c", assets.text("stacks/carbon.sh"), "carbon"]
    assert "Carbon123" not in "".join(unit(a_mac("carbon-base")))


def test_a_start_script_there_is_not() -> None:
    def one(**more: Any) -> dict[str, Any]:
        image = "docker.io/wisejnrs/carbon-base-macos:2.0.0"
        return {"name": "mine", "containers": {"mine": {"image": image, "start": "carbon", **more}}}

    path = ("stacks", 0, "containers", "mine", "start")
    assert problems(a_mac(one())) == []
    assert problems(a_mac(one(start="carbn"))) == [(path, "there is no start script `carbn`")]
    assert problems(a_mac(one(entrypoint=["sleep", "1"]))) == [(path, "the container has two programs")]


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "this stack gives it a secret"),
        ({"CARBON_PASSWORD": "x", "ENABLE_VNC": "true"}, "carbon: vnc is on and has no secret"),
    ],
)
def test_a_service_without_its_secret_does_not_start(shell: str, environment: dict[str, str], words: str) -> None:
    argv = [shell, "-c", assets.text("stacks/carbon.sh"), "carbon"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=30, check=False)
    assert done.returncode != 0
    assert words in done.stderr
