"""podman on an emulated Mac: Debian's real remote client, as a Mac would show it.

What is mapped, and nothing else: the provider libkrun is QEMU in there (environment, `inspect`, `list`, `info`), the
folders `machine/libkrun` and `machine/qemu` are one, and the runtime folder follows TMPDIR as on macOS.
"""

from __future__ import annotations

import os
import subprocess
import sys

from .disk import fail, journal
from .podman_env import Env

ROOT = "/.host/emulator"
_SHOWN = ("/Users", "/private", "/opt/homebrew", "/.sim/mac")
_KEPT = (
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "CONTAINER_CONNECTION",
    "CONTAINER_HOST",
)
_ANSWERS = ("inspect", "list", "ls", "info")


def main(argv: list[str]) -> int:
    """Run the real podman; where nothing has to be translated it takes this process's place."""
    journal(argv, connection=os.environ.get("CONTAINER_CONNECTION"))
    env = Env()
    verb = argv[2] if argv[1:2] == ["machine"] and len(argv) > 2 else ""
    if verb and env.provider() != "libkrun":
        fail(f"Error: this lab's podman knows the provider libkrun only, not {env.provider()}", 125)
    for place in (env.config, env.data):
        _link(place)
    command = _nested(env, argv[1:])
    sys.stdout.flush()
    if verb not in _ANSWERS:
        return os.execv(command[0], command)
    answered = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    sys.stdout.buffer.write(translated(answered.stdout))
    return answered.returncode


def _link(place: str) -> None:
    os.makedirs(f"{place}/qemu", exist_ok=True)
    if not os.path.islink(f"{place}/libkrun"):  # not the other way round: podman's list does not follow such a link
        os.symlink("qemu", f"{place}/libkrun")


def _nested(env: Env, argv: list[str]) -> list[str]:
    command = ["/.host/bin/bwrap", "--die-with-parent", "--ro-bind", ROOT, "/", "--ro-bind", "/.sim", "/.sim"]
    for path in _SHOWN:
        command += ["--bind", path, path]
    command += ["--bind", "/private/tmp", "/tmp", "--bind", "/private/var/folders", "/var/folders"]
    command += ["--dev-bind", "/dev", "/dev", "--bind", "/proc", "/proc", "--clearenv"]
    for name in _KEPT:
        if name in os.environ:
            command += ["--setenv", name, os.environ[name]]
    command += [
        "--setenv",
        "PATH",
        "/.sim/lib/standins/emulated:/usr/bin:/usr/sbin",
        "--setenv",
        "XDG_RUNTIME_DIR",
        env.run.removesuffix("/podman"),
    ]
    command += ["--setenv", "CONTAINERS_MACHINE_PROVIDER", "qemu"]
    return [*command, "--chdir", os.getcwd(), "--", "/usr/bin/podman-remote", *argv]


def translated(answer: bytes) -> bytes:
    """What the real podman said, with the provider named as on a Mac."""
    return answer.replace(b"machine/qemu", b"machine/libkrun").replace(b'"qemu"', b'"libkrun"')
