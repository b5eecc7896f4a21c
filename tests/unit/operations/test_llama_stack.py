"""The units of `llama-server` and `ollama`, as their settings make them."""

import json
from typing import Any

import pytest

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, lab_from_text
from operations.stack.quadlet import units
from operations.stack.wish import Stacks

SHA256 = "a" * 64


def unit(*stacks: Any) -> list[str]:
    models = {"nemo": {"url": "https://example.org/nemo.gguf", "sha256": SHA256}}
    mac: dict[str, Any] = {"host": "local", "models": models, "stacks": list(stacks)}
    found = lab_from_text(json.dumps({"lab": "l", "macs": {"m": mac}}), lab_sections()).macs["m"]
    (only,) = units(found.section("stacks", Stacks), found)
    return only.text.splitlines()


def llama(**more: Any) -> list[str]:
    settings = {"model": "nemo", "context": 8192, "gpu-layers": 20, "parallel": 4, "port": 8123}
    return unit({"name": "llama-server", "settings": settings, **more})


def test_the_settings_of_llama_server_reach_its_program() -> None:
    lines = llama()
    assert 'Exec="llama-serve" "nemo" "8192" "20" "4"' in lines
    assert f"Volume=/var/lib/carbon-fleet/models/{SHA256}:/models/nemo:ro,z" in lines
    assert "PublishPort=127.0.0.1:8123:8080" in lines
    assert "HealthCmd=llama-health" in lines
    assert {"AddDevice=/dev/dri", "DropCapability=all", "NoNewPrivileges=true", "ReadOnly=true"} <= set(lines)
    assert 'Environment="CARBON_ACCEPT=apple"' in lines


def test_llama_server_is_behind_its_key_or_nowhere() -> None:
    (secret,) = [line for line in llama() if line.startswith("Secret=")]
    assert "llama-api-key" in secret
    assert "target=/run/secrets/llama-api-key" in secret
    off = llama(services={"api": False})
    assert not [line for line in off if line.startswith(("PublishPort=", "Secret="))]
    assert [line for line in llama(expose="lan") if line.startswith("PublishPort=") and "127.0.0.1" not in line]


@pytest.mark.parametrize("setting", [{"context": 1}, {"parallel": 0}, {"gpu-layers": 0}, {"port": 80}])
def test_settings_have_their_bounds(setting: dict[str, int]) -> None:
    with pytest.raises(LabError, match="it has to be at least"):
        unit({"name": "llama-server", "settings": {"model": "nemo", **setting}})


def test_ollama_has_vulkan_its_volume_and_its_model_by_digest() -> None:
    lines = unit({"name": "ollama", "settings": {"model": "qwen3:0.6b", "digest": "7df6b6e09427"}})
    assert {'Environment="OLLAMA_VULKAN=1"', 'Environment="OLLAMA_IGPU_ENABLE=1"'} <= set(lines)
    assert "Volume=ollama:/root/.ollama" in lines
    assert "PublishPort=127.0.0.1:11434:11434" in lines
    (run,) = [line for line in lines if line.startswith("Exec=")]
    assert run.endswith('"ollama" "qwen3:0.6b" "7df6b6e09427"')
    assert "qwen3" not in run.rpartition('"ollama" "')[0], "values are arguments, never part of a script"
    (image,) = [line for line in lines if line.startswith("Image=")]
    assert image.startswith("Image=docker.io/ollama/ollama@sha256:")
    assert "AddDevice=/dev/dri" in lines
