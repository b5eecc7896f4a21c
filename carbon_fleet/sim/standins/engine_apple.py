"""container, Apple's: its services, images, volumes, containers as state; it gives containers no devices.

Sources: apple/container 1.1.0 to 1.2.2, `docs/command-reference.md`, and its sources as each module says.
"""

from __future__ import annotations

import os
import sys

from . import apple_containers as containers
from . import apple_store as store
from . import apple_system as system
from .apple_words import STOPPED, refuse, wrong
from .disk import fail, journal
from .engines import run_check, unknown

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
        if not os.path.exists(system.KERNEL):
            wrong("notFound", f"default kernel not found at {system.KERNEL}")
        if rest[:1] == ["--rm"] and "--volume" in rest:
            containers.tool(rest)
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
