"""container system start|stop|status|kernel: services that nothing starts after a boot, and a question about a kernel.

`SystemStart.swift`: the services run before the kernel is asked for, and a question nobody answers fails. `SystemStop`:
all containers stop. Its services are registered with launchd from a file of its own, so that a boot forgets them.
"""

from __future__ import annotations

import os
import sys

from .apple_words import APP_ROOT, changing, refuse, wrong
from .disk import fault
from .engines import change, state, turn, unknown

KERNEL = f"{APP_ROOT}/kernels/default.kernel-arm64"
_URL = "https://github.com/kata-containers/kata-containers/releases/download/3.28.0/kata-static-3.28.0-arm64.tar.zst"


def running() -> bool:
    """Whether its services answer."""
    return bool(state("apple").get("running")) and not fault("apple-container-deaf")


def run(words: list[str]) -> None:
    """One of its own commands."""
    if words[:1] == ["status"]:
        _status()
    elif words[:1] == ["start"]:
        turn("start")
        _start(words[1:])
    elif words == ["stop"]:
        turn("stop")
        _stop()
    elif words[:3] == ["kernel", "set", "--recommended"]:
        _install()
    else:
        unknown("container", ["system", *words])


def _status() -> None:
    if running():
        rows = {
            "status": "running",
            "appRoot": f"{APP_ROOT}/",
            "apiserver.version": "container-apiserver version 1.1.0",
        }
        sys.stdout.write("".join(f"{key:<19}{value}\n" for key, value in {"FIELD": "VALUE", **rows}.items()))
        return
    deaf = bool(state("apple").get("running"))
    sys.stdout.write("apiserver is not running" + ("" if deaf else " and not registered with launchd") + "\n")
    sys.exit(1)


def _start(words: list[str]) -> None:
    os.makedirs(f"{APP_ROOT}/apiserver", exist_ok=True)
    os.makedirs(f"{APP_ROOT}/kernels", exist_ok=True)
    change("apple", running=True)
    if fault("apple-container-deaf"):
        cause = 'internalError: "XPC timeout for request to com.apple.container.apiserver/ping"'
        wrong("internalError", f"failed to get a response from apiserver: {cause}")
    if os.path.exists(KERNEL) or "--disable-kernel-install" in words:
        return
    if "--enable-kernel-install" not in words:
        sys.stderr.write("No default kernel configured.\n")
        sys.stdout.write(f"Install the recommended default kernel from [{_URL}]? [Y/n]: ")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if not answer:
            wrong("internalError", "failed to read user input")
        if answer.strip().lower() not in ("", "y"):
            return
    _install()


def _install() -> None:
    if not running():
        refuse('internalError: "XPC connection error: Connection invalid"')
    os.makedirs(os.path.dirname(KERNEL), exist_ok=True)
    with open(KERNEL, "w") as file:
        file.write("modelled\n")


def _stop() -> None:
    with changing() as known:
        for container in known["containers"].values():
            container["state"] = "stopped"
    change("apple", running=False)
