"""Settings and services: what a lab file says of one of the project's own stacks, before it becomes units."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.spec import Mac, Problem
from operations.image.wish import Images
from operations.model.wish import Models
from operations.secret.wish import Secrets
from operations.stack import wish as stack_wish
from operations.stack.checks import check
from operations.stack.quadlet import units
from operations.stack.settings import Setting, filled, problems, values
from operations.stack.wish import Stacks

SHOP = """
description: A shop.
settings:
  port: {description: Where it listens., default: 8080, minimum: 1024, maximum: 65535}
  colour: {description: How it looks., default: green, choices: [green, red]}
  loud: {description: Whether it talks., default: false}
containers:
  web:
    image: registry.example/web:1
    ports: ["{port}:80"]
    environment: {COLOUR: "{colour}", LOUD: "{loud}", JSON: '{"a": 1}'}
    health: {command: test -e /up}
    services:
      api:
        enabled: true
        switch: ENABLE_API
        ports: ["9000:9000"]
        login: api-key
        secrets: {API_KEY: api-key}
        health: curl -fsS http://127.0.0.1:9000/
      data:
        switch: ENABLE_DATA
        ports: ["5432:5432"]
        volumes: ["data:/var/lib/data"]
        environment: {DATA: here}
"""


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "files" / "stacks").mkdir(parents=True)
    (tmp_path / "files" / "stacks" / "shop.yml").write_text(SHOP)
    with monkeypatch.context() as patch:
        patch.setattr(assets, "root", lambda: tmp_path)
        _forget()
        yield
    _forget()


def _forget() -> None:
    """What was read of the project's own files, or of this test's, is not known any more."""
    for known in (assets.names, assets.text, stack_wish._definition):
        known.cache_clear()


def stacks(text: str) -> Stacks:
    return Stacks.model_validate_json(text)


def mac(wanted: Stacks) -> Mac:
    return Mac("m", sections={"stacks": wanted, "images": Images(), "secrets": Secrets(), "models": Models()})


def unit_of(text: str) -> str:
    wanted = stacks(text)
    (unit,) = units(wanted, mac(wanted))
    return unit.text


def found(text: str) -> list[Problem]:
    wanted = stacks(text)
    return list(check(wanted, mac(wanted)))


def test_defaults_make_the_unit() -> None:
    text = unit_of('["shop"]')
    assert "PublishPort=127.0.0.1:8080:80\n" in text
    assert "PublishPort=127.0.0.1:9000:9000\n" in text
    assert "5432" not in text
    assert '"COLOUR=green"' in text
    assert '"LOUD=false"' in text
    assert '"ENABLE_API=true"' in text
    assert '"ENABLE_DATA=false"' in text
    assert "HealthCmd=test -e /up && curl -fsS http://127.0.0.1:9000/\n" in text
    assert "Secret=carbon-fleet-api-key,type=env,target=API_KEY\n" in text


def test_what_is_said_changes_it() -> None:
    said = '{"name": "shop", "settings": {"port": 8443, "colour": "red"}, "services": {"api": false, "data": true}}'
    text = unit_of(f"[{said}]")
    assert "PublishPort=127.0.0.1:8443:80\n" in text
    assert '"COLOUR=red"' in text
    assert "9000" not in text
    assert "API_KEY" not in text
    assert "PublishPort=127.0.0.1:5432:5432\n" in text
    assert "Volume=data:/var/lib/data\n" in text
    assert '"DATA=here"' in text
    assert "HealthCmd=test -e /up\n" in text


def test_json_in_braces_is_left_alone() -> None:
    assert 'JSON={\\"a\\": 1}' in unit_of('["shop"]')


@pytest.mark.parametrize(
    ("said", "path", "what"),
    [
        ('"settings": {"prot": 1}', ("stacks", 0, "settings", "prot"), "no setting `prot`"),
        ('"settings": {"port": "x"}', ("stacks", 0, "settings", "port"), "cannot be `x`"),
        ('"settings": {"port": true}', ("stacks", 0, "settings", "port"), "cannot be `true`"),
        ('"settings": {"port": 80}', ("stacks", 0, "settings", "port"), "cannot be `80`"),
        ('"settings": {"port": 70000}', ("stacks", 0, "settings", "port"), "cannot be `70000`"),
        ('"settings": {"colour": "blue"}', ("stacks", 0, "settings", "colour"), "cannot be `blue`"),
        ('"services": {"dat": true}', ("stacks", 0, "services", "dat"), "no service"),
    ],
)
def test_what_cannot_be_is_named_at_its_place(said: str, path: tuple[str | int, ...], what: str) -> None:
    (problem,) = found(f'[{{"name": "shop", {said}}}]')
    assert problem.path == path
    assert what in problem.what
    assert problem.write


def test_the_nearest_name_is_offered() -> None:
    assert found('[{"name": "shop", "settings": {"prot": 1}}]')[0].write == "write `port`"


def test_a_stack_in_place_has_no_settings() -> None:
    said = '{"name": "own", "settings": {"port": 1}, "containers": {"a": {"image": "registry.example/a:1"}}}'
    assert [problem.path for problem in found(f"[{said}]")] == [("stacks", 0, "settings", "port")]


def test_every_value_becomes_text() -> None:
    settings = {"n": Setting(description="d", default=3), "b": Setting(description="d", default=True)}
    chosen = values(settings, {"n": 5, "b": "no"})
    assert filled({"a": "{n}", "c": ["x{n}y", "{b}", "{other}", 7]}, chosen) == {
        "a": "5",
        "c": ["x5y", "true", "{other}", 7],
    }
    assert [problem.path for problem in problems(settings, {"b": "no"}, ("here",))] == [("here", "b")]
