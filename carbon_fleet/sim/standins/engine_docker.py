"""docker as Docker Desktop brings it: version, image inspect, run, rm, desktop start|stop|status; no GPU in its VM."""

from __future__ import annotations

import os
import socket
import sys

from .disk import fail, journal
from .engines import images, inspected, run_check, unknown

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
    if words[:1] == ["desktop"]:
        return _desktop(words[1:], path)
    if not os.path.exists(path):
        fail(f"Cannot connect to the Docker daemon at unix://{path}. Is the docker daemon running?")
    if words[:1] == ["version"]:
        sys.stdout.write(f"{SERVER}\n")
    elif words[:2] == ["image", "inspect"]:
        _inspect(words[2])
    elif words[:1] == ["run"]:
        _run(words[1:])
    elif words[:1] == ["rm"]:
        fail(f"Error response from daemon: No such container: {words[-1]}")
    else:
        unknown("docker", words)
    return 0


def _inspect(reference: str) -> None:
    if reference not in images("docker"):
        sys.stdout.write("[]\n")
        fail(f"Error response from daemon: No such image: {reference}")
    sys.stdout.write(inspected(reference, images("docker")[reference]))


def _run(words: list[str]) -> None:
    if "--device" in words:
        fail(_NO_DEVICE.format(device=words[words.index("--device") + 1]), 125)
    run_check(words)


def _desktop(words: list[str], path: str) -> int:
    if words == ["start"] and not os.path.exists(path):
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path)
    elif words == ["stop"] and os.path.exists(path):
        os.unlink(path)
    elif words == ["status"]:
        sys.stdout.write(f"Name                Value\nStatus              {_said(path)}\n")
    return 0


def _said(path: str) -> str:
    return "running" if os.path.exists(path) else "stopped"
