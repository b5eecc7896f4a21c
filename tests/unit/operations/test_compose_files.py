"""What only a Compose file says: that it is YAML, where secrets are, what nothing makes, digests of definitions."""

import json

import yaml

from operations.render import compose
from operations.render.workload import Workload
from tests.unit.operations.test_renderers import BARE, FULL, LIST, SECRETS, each_workload


@each_workload
def test_a_compose_file_is_yaml_and_says_where_secrets_are(given: Workload) -> None:
    text = compose.document(given.stack, [given], SECRETS)
    whole = yaml.safe_load(text)
    assert whole == json.loads(text.split("\n", 1)[1])
    service = whole["services"][given.name]
    variables = [secret for secret in given.secrets if not secret.file]
    assert service.get("env_file") == ([{"path": f"./{given.container}.env", "format": "raw"}] if variables else None)
    assert service.get("label_file") == ([f"./{given.container}.labels"] if given.secrets else None)
    files = {secret.name: {"file": f"{SECRETS}/{secret.name}"} for secret in given.secrets if secret.file}
    assert whole.get("secrets", {}) == files


def test_nothing_makes_a_folder_where_a_model_is_missing() -> None:
    """Docker's engine would make an empty one, and the container would find that for its model."""
    service = json.loads(compose.document("shop", [FULL], SECRETS).split("\n", 1)[1])["services"]["web"]
    made = {one["target"]: one["bind"]["create_host_path"] for one in service["volumes"] if one["type"] == "bind"}
    assert made == {"/work": True, "/ro": True, "/models/tiny": False}


def test_a_definition_is_of_all_that_is_said_but_of_no_other_container() -> None:
    first = compose.definition(BARE, SECRETS)
    assert first == compose.definition(BARE, SECRETS)
    assert first != compose.definition(LIST, SECRETS)
    text = compose.document("s", [BARE, LIST], SECRETS)
    assert f'"{compose.DEFINITION_LABEL}": "{first}"' in text
