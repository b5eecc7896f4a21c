"""Apple's `container`, where stacks run by it: asked by its own command."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify import wish as wished
from carbon_fleet.verify.wish import INPUTS_LABEL, AppleService, Recipe

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
Asked = Callable[..., str]
CALL = 'cli={prefix}/bin/container; [ -x "$cli" ] || cli=/usr/local/bin/container; "$cli" '


@pytest.fixture(scope="module")
def apple(mac: Host, wish: Mac) -> Asked:
    """Its answer to words; a failure in its own words."""
    call = CALL.format(prefix=shlex.quote(str(wished.homebrew(wish).prefix)))

    def ask(words: str, *values: str, deadline: int = 20) -> str:
        said = mac.run(call + words, *values, deadline=deadline)
        assert said.rc == 0, said.stderr.strip() or said.stdout.strip() or f"container ended with status {said.rc}"
        text: str = said.stdout
        return text.strip()

    return ask


def test_apple_container_answers(apple: Asked, apple_container: str) -> None:
    assert "running" in apple("system status"), f"the services of {apple_container} do not answer"


def test_apple_image_is_current(apple: Asked, apple_image: Recipe) -> None:
    (image,) = json.loads(apple("image inspect %s", apple_image.tag))
    configs = [variant["config"].get("config", {}) for variant in image["variants"]]
    made_from = {(config.get("Labels") or {}).get(INPUTS_LABEL) for config in configs}
    assert apple_image.pull or made_from == {apple_image.digest}, f"{apple_image.tag} was made from something else"


def test_apple_container_runs(apple: Asked, apple_service: AppleService) -> None:
    name = apple_service.container_name
    one = _listed(apple, name)
    assert one["status"]["state"] == "running", f"the container {name} is {one['status']['state']}"
    labels = one["configuration"]["labels"]
    whose = [labels.get("io.carbon-fleet.stack"), labels.get("io.carbon-fleet.container")]
    assert whose == [apple_service.stack, apple_service.name], f"the container {name} is not the stack's"


def test_apple_container_publishes_its_ports(apple: Asked, apple_service: AppleService) -> None:
    published = _listed(apple, apple_service.container_name)["configuration"]["publishedPorts"]
    seen = {(each["hostPort"], each["containerPort"], each["proto"]) for each in published}
    missing = {(port.outer, port.inner, port.kind) for port in apple_service.workload.ports} - seen
    assert not missing, f"{apple_service.container_name} does not publish {sorted(missing)}"


def test_apple_container_does_its_work(apple: Asked, apple_service: AppleService) -> None:
    health = apple_service.workload.health
    if health is None:
        pytest.skip("nothing asks it whether it works")
    words = ["/bin/sh", "-c", health.command] if isinstance(health.command, str) else list(health.command)
    places = " ".join(["%s"] * len(words))
    apple(f"exec %s {places}", apple_service.container_name, *words, deadline=health.timeout)


def test_apple_container_is_kept_running(mac: Host, apple_service: AppleService) -> None:
    label = f"io.carbon-fleet.container.{apple_service.container_name}"
    uid = mac.check_output("id -u")
    found = [mac.run("launchctl print %s", f"{domain}/{uid}/{label}").rc for domain in ("gui", "user")]
    assert 0 in found, f"launchd has no job {label}: nothing restarts it"


def _listed(apple: Asked, name: str) -> dict[str, Any]:
    found = {one["configuration"]["id"]: one for one in json.loads(apple("list --all --format json"))}
    assert name in found, f"there is no container {name}"
    one: dict[str, Any] = found[name]
    return one
