"""container, Apple's: its services, images, volumes, containers as state; it gives containers no devices.

Sources: apple/container 1.1.0 to 1.2.2, `docs/command-reference.md`, and its sources as each module says.
"""

from __future__ import annotations

import sys

from . import apple_containers as containers
from . import apple_store as store
from . import apple_system as system
from .apple_words import STOPPED, refuse
from .disk import fail, journal
from .engines import run_check, unknown
from .engines import change, images, inspected, run_check, state, turn, unknown

VERSION = "1.1.0"


def main(argv: list[str]) -> int:
    """Run one command of Apple's container."""
    words = argv[1:]
    journal(argv)
    if words == ["--version"]:
        sys.stdout.write(f"container CLI version {VERSION} (build: release, commit: 5973b9c)\n")
    elif words[:1] == ["system"]:
        system.run(words[1:])
    elif not system.running():
        fail(STOPPED)
    else:
        return _engine(words)
    return 0


def _engine(words: list[str]) -> int:
    verb, rest = words[0], words[1:]
    if verb in ("image", "volume", "build"):
        getattr(store, verb)(rest)
    elif verb == "run":
        if "--device" in rest:
            refuse("Unknown option '--device'", 64)
def _system(words: list[str], running: bool) -> None:
    if words[:1] == ["status"]:
        if not running:
            sys.stdout.write("apiserver is not running and not registered with launchd\n")
            sys.exit(1)
        sys.stdout.write("FIELD              VALUE\nstatus             running\n")
    elif words == ["start", "--disable-kernel-install"] or words == ["stop"]:
        turn(words[0])
        change("apple", running=words[0] == "start")
    elif words == ["start"]:
        fail("Error: failed to read user input")  # it asks whether to install a kernel, and nobody answers
    else:
        unknown("container", ["system", *words])


def _engine(words: list[str]) -> None:
    if words[:2] == ["image", "inspect"]:
        if words[2] not in images("apple"):
            fail(f'Error: notFound: "image {words[2]}"')
        sys.stdout.write(inspected(words[2], images("apple")[words[2]]))
    elif words[:1] == ["run"]:
        if not state("apple").get("kernel", True):
            fail(
                'Error: notFound: "Default kernel not configured, please use the `container system kernel set` command"'
            )
        if "--device" in words:
            fail("Error: Unknown option '--device'\nUsage: container run [<options>] <image> [<arguments> ...]", 64)
        run_check(words)
    elif verb in ("create", "start", "stop", "exec", "logs", "inspect"):
        return getattr(containers, verb)(rest) or 0
    elif verb in ("rm", "delete"):
        containers.delete(rest)
    elif verb in ("list", "ls"):
        containers.listed(rest)
    else:
        unknown("container", words)
    return 0
