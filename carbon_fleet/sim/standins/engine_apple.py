"""container, Apple's: --version, system start|stop|status, image inspect, run, rm; it gives containers no devices."""

from __future__ import annotations

import sys

from .disk import fail, journal
from .engines import change, images, inspected, run_check, state, unknown

VERSION = "1.1.0"
_STOPPED = 'Error: internalError: "failed to list containers" (cause: "interrupted: XPC connection error")'


def main(argv: list[str]) -> int:
    """Run one command of Apple's container."""
    words = argv[1:]
    journal(argv)
    running = bool(state("apple").get("running"))
    if words == ["--version"]:
        sys.stdout.write(f"container CLI version {VERSION} (build: release, commit: 5973b9c)\n")
    elif words[:1] == ["system"]:
        _system(words[1:], running)
    elif not running:
        fail(_STOPPED)
    else:
        _engine(words)
    return 0


def _system(words: list[str], running: bool) -> None:
    if words[:1] == ["status"]:
        if not running:
            sys.stdout.write("apiserver is not running and not registered with launchd\n")
            sys.exit(1)
        sys.stdout.write("FIELD              VALUE\nstatus             running\n")
    elif words[:1] in (["start"], ["stop"]):
        change("apple", running=words[0] == "start")
    else:
        unknown("container", ["system", *words])


def _engine(words: list[str]) -> None:
    if words[:2] == ["image", "inspect"]:
        if words[2] not in images("apple"):
            fail(f'Error: notFound: "image {words[2]}"')
        sys.stdout.write(inspected(words[2], images("apple")[words[2]]))
    elif words[:1] == ["run"]:
        if "--device" in words:
            fail("Error: Unknown option '--device'\nUsage: container run [<options>] <image> [<arguments> ...]", 64)
        run_check(words)
    elif words[:1] == ["rm"]:
        fail(f'Error: notFound: "container {words[-1]}"')
    else:
        unknown("container", words)
