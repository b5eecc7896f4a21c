"""Docker Desktop, where stacks run by it: asked by its own docker at its own socket."""

from collections.abc import Callable

import pytest
from testinfra.host import Host

from carbon_fleet.verify.answers import document
from carbon_fleet.verify.wish import INPUTS_LABEL, Model, Recipe, Service

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
SETTINGS = '"$HOME/Library/Group Containers/group.com.docker/settings-store.json"'
CALL = (
    'for app in /Applications/Docker.app "$HOME/Applications/Docker.app"; do [ ! -d "$app" ] || break; done; '
    'DOCKER_HOST="unix://$HOME/.docker/run/docker.sock" "$app/Contents/Resources/bin/docker" '
)
Asked = Callable[..., str]


@pytest.fixture(scope="module")
def docker(mac: Host) -> Asked:
    """Docker's answer to words; a failure in its own words."""

    def ask(words: str, *values: str) -> str:
        said = mac.run(CALL + words, *values, deadline=15)
        assert said.rc == 0, said.stderr.strip() or f"docker ended with status {said.rc}"
        text: str = said.stdout
        return text.strip()

    return ask


def test_docker_desktop_is_there(mac: Host, docker_desktop: str) -> None:
    found = mac.run(f'test -d {docker_desktop} || test -d "$HOME"{docker_desktop}')
    assert found.rc == 0, f"there is no {docker_desktop}"


def test_docker_desktop_has_the_setting(mac: Host, docker_setting: int | bool, request: pytest.FixtureRequest) -> None:
    key = request.node.callspec.id
    seen = document(mac.run(f"cat {SETTINGS}")).get(key)
    assert seen == docker_setting, f"{key} is {seen!r}, not {docker_setting!r}"


def test_docker_engine_answers(docker: Asked, docker_desktop: str) -> None:
    assert docker("version --format '{{.Server.Version}}'"), "its engine does not answer"


def test_docker_image_is_current(docker: Asked, docker_image: Recipe) -> None:
    said = docker("image inspect %s", docker_image.tag)
    assert docker_image.pull or f'"{INPUTS_LABEL}": "{docker_image.digest}"' in said, (
        f"{docker_image.tag} was made from something else"
    )


def test_docker_model_is_whole(mac: Host, docker_model: Model) -> None:
    place = f'"$HOME"/.local/share/carbon-fleet/docker/models/{docker_model.sha256}'
    said = mac.run(f"shasum -a 256 <{place}", deadline=900)
    assert said.stdout.split()[:1] == [docker_model.sha256], "it is not there, or another file"


def test_docker_container_runs(docker: Asked, service: Service) -> None:
    listed = docker("ps --all --no-trunc --format %s", FORMAT)
    rows = {line.split("|")[0]: line.split("|") for line in listed.splitlines()}
    assert service.container_name in rows, f"there is no container {service.container_name}"
    row = rows[service.container_name]
    assert row[1] == "running", f"the container {service.container_name} is {row[1]}"
    assert row[2:4] == [service.stack, service.name], f"the container {service.container_name} is not the stack's"
    if service.container.health:
        health = docker("inspect --type container --format %s %s", HEALTH, service.container_name).partition("|")[2]
        assert health == "healthy", f"the container {service.container_name} is {health or 'without a check'}"


LABELS = "|".join(
    f'{{{{.Label "io.carbon-fleet.{word}"}}}}' for word in ("stack", "container", "definition", "secrets")
)
HEALTH = "{{.Name}}|{{with .State.Health}}{{.Status}}{{end}}"
FORMAT = f"{{{{.Names}}}}|{{{{.State}}}}|{LABELS}"
