"""docker as Docker Desktop brings it: its engine behind a socket, the plugins compose and desktop; no GPU in its VM."""

from __future__ import annotations

import json
import os
import sys

from . import docker_containers as containers
from . import docker_store as store
from .disk import fail, journal, read_json
from .docker_compose import compose
from .docker_desktop import desktop
from .engines import run_check, state, unknown

SERVER = "28.5.2"
_HOST = "unix:///Users/lab/.docker/run/docker.sock"
_NO_DEVICE = (
    "docker: Error response from daemon: error gathering device information while adding custom device "
    "\"{device}\": no such file or directory\n\nRun 'docker run --help' for more information"
)


def main(argv: list[str]) -> int:
    """Run one docker command."""
    words = argv[1:]
    journal(argv)
    path = (os.environ.get("DOCKER_HOST") or _HOST).removeprefix("unix://")
    if words[:1] in (["desktop"], ["compose"], ["model"]):
        _plugin(words[0])
    if words[:1] == ["desktop"]:
        return desktop(words[1:], path)
    if not os.path.exists(path):
        fail(f"Cannot connect to the Docker daemon at unix://{path}. Is the docker daemon running?")
    return _ask(words[0], words[1:])


def _plugin(name: str) -> None:
    """Plugins are found beside the configuration, which Docker Desktop sees to, or where that says (config.json(5))."""
    config = os.environ.get("DOCKER_CONFIG")
    if config and not read_json(f"{config}/config.json", {}).get("cliPluginsExtraDirs"):
        fail(f"docker: unknown command: docker {name}\n\nRun 'docker --help' for more information")


def _ask(verb: str, words: list[str]) -> int:
    if verb == "version":
        sys.stdout.write(f"{store.ARCH if words[-1:] == ['{{.Server.Arch}}'] else SERVER}\n")
    elif [verb, *words] == ["info", "--format", "{{.OperatingSystem}}"]:
        sys.stdout.write("Docker Desktop (modelled)\n")
    elif [verb, *words] == ["model", "status", "--json"]:
        _model_status()
    elif verb == "compose":
        return compose(words)
    elif verb == "run":
        _run(words)
    elif verb in ("pull", "tag"):
        getattr(store, verb)(*words)
    elif verb in ("ps", "image", "build", "volume") or (verb == "inspect" and words[:1] == ["--type"]):
        getattr(store, verb)(words)
    elif verb == "rm":
        store.remove(words)
    elif verb in ("inspect", "update", "stop", "start", "exec"):
        return containers.do(verb, words)
    else:
        unknown("docker", [verb, *words])
    return 0


def _model_status() -> None:
    """Docker Model Runner, off unless `engines.json` says it runs (docker/model-runner, `commands/status.go`)."""
    running = bool(state("docker").get("model_runner"))
    backends = {"llama.cpp": "running llama.cpp latest-metal", "vllm": "not running"} if running else {}
    place = "http://model-runner.docker.internal/v1/"
    said = {"running": running, "backends": backends, "kind": "Docker Desktop", "endpoint": place, "endpointHost": ""}
    sys.stdout.write(json.dumps(said) + "\n")


def _run(words: list[str]) -> None:
    if words[:2] == ["--rm", "--interactive"]:
        containers.tool(words)
    if "--device" in words:
        fail(_NO_DEVICE.format(device=words[words.index("--device") + 1]), 125)
    run_check(words)
