"""Docker Model Runner's own word of itself; pure. It computes on the Mac, outside of every container.

Source: docker/model-runner, `cmd/cli/commands/status.go`: `docker model status --json` prints `running` and, by name,
its `backends`; it ends with 1 where it is not running and cannot be asked. docs.docker.com calls it
`enableInference` in an administrator's settings; the key of a user's is nowhere documented, so it is not read.
"""

import json
from typing import Any

from carbon_fleet.snapshot.section import Section

ENABLE = "`docker desktop enable model-runner`"


def model_runner_in(section: Section) -> dict[str, Any] | None:
    """`state` (running, off, unknown), `backends`, `why` and `remedy`; None without Docker Desktop."""
    if section.get("docker_app") is None:
        return None
    block = section.blocks.get("model-runner")
    if block is None:
        return _told("unknown", "Docker Desktop does not run", "start it, and run the matrix again")
    said = _json(block.text)
    if said is not None and block.status == 0:
        if said.get("running") is True:
            return _told("running", "its models compute on the Mac itself, in no container", backends=_backends(said))
        return _told("off", "it is not enabled", ENABLE)
    words = " ".join((*block.out, *block.err))
    if "not running" in words:
        return _told("off", "it is not enabled", ENABLE)
    last = next((line.strip()[:200] for line in reversed(block.err) if line.strip()), f"status {block.status}")
    return _told("unknown", last, "look at it in Docker Desktop's settings, under AI")


def _told(state: str, why: str, remedy: str = "", backends: dict[str, str] | None = None) -> dict[str, Any]:
    return {"state": state, "backends": backends or {}, "why": why, "remedy": remedy}


def _json(text: str) -> dict[str, Any] | None:
    try:
        said = json.loads(text)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _backends(said: dict[str, Any]) -> dict[str, str]:
    listed = said.get("backends")
    return {str(name)[:40]: str(value)[:200] for name, value in listed.items()} if isinstance(listed, dict) else {}
