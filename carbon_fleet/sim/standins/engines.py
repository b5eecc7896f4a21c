"""What the modelled docker and container share: images as state, and a container of vulkan-check without a GPU."""

from __future__ import annotations

import json
import sys
import time

from .container_check import document
from .container_proof import proof
from .disk import SHARED, fail, fault, read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

STORE = f"{SHARED}/engines.json"


def state(engine: str) -> dict[str, Any]:
    """What is known of an engine."""
    known: dict[str, Any] = read_json(STORE, {}).get(engine, {})
    return known


def change(engine: str, **more: object) -> None:
    """Keep something of an engine."""
    write_json(STORE, {**read_json(STORE, {}), engine: {**state(engine), **more}})


def images(engine: str) -> dict[str, str]:
    """Each image's reference and the digest in its label."""
    found: dict[str, str] = state(engine).get("images", {})
    return found


def inspected(reference: str, digest: str) -> str:
    """What `image inspect` prints, as far as labels go."""
    labels = {"io.carbon-fleet.inputs": digest}
    return json.dumps([{"RepoTags": [reference], "Config": {"Labels": labels}}], indent=4) + "\n"


def run_check(words: list[str]) -> NoReturn:
    """Run `words` (`prove --json`) in a container of vulkan-check that was given no render node."""
    accept = next((word.partition("=")[2] for word in words if word.startswith("CARBON_ACCEPT=")), "apple")
    checked = document(accept, render_node=False)
    sys.stdout.write(json.dumps(proof(checked) if "prove" in words else checked) + "\n")
    sys.exit(0 if checked["verdict"]["accepted"] else 1)


def turn(how: str) -> None:
    """What keeps an engine from its `start` or `stop`: the faults of both."""
    while how == "start" and fault("engine-start-waits"):
        time.sleep(0.1)
    if fault(f"engine-will-not-{how}"):
        fail("Error: timeout waiting for the engine")


def unknown(program: str, words: list[str]) -> NoReturn:
    """End on a command that is not modelled."""
    fail(f"{program}: the simulation does not model `{' '.join(words)}`", 64)
