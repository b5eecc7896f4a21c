"""Every other podman command goes to the guest, as the remote client does; here over ssh to the guest's own podman."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys

from . import connections
from .disk import fail
from .machine_ssh import OPTIONS
from .podman_env import Env

_NO_CONNECTION = (
    "Cannot connect to Podman. Please verify your connection to the Linux system using `podman system "
    "connection list`, "
    "or try `podman machine init` and `podman machine start` to manage a new Linux VM\n"
    "Error: unable to connect to Podman socket: {why}"
)


def run(env: Env, connection: str | None, argv: list[str]) -> int:
    """Choose the connection (--connection, CONTAINER_CONNECTION, the default) and run `argv` there."""
    name = connection or os.environ.get("CONTAINER_CONNECTION") or connections.default(env)
    if not name:
        fail(_NO_CONNECTION.format(why="no connection is defined"), 125)
    entry = connections.entries(env).get(name)
    if entry is None:
        fail(f'Error: read cli flags: connection "{name}" not found', 125)
    user, _, address = entry["URI"].removeprefix("ssh://").partition("/")[0].rpartition("@")
    host, _, port = address.partition(":")
    _must_answer(host, int(port), entry.get("Identity", ""), entry["URI"])
    ssh = ["/usr/bin/ssh", "-i", entry.get("Identity", ""), "-p", port, f"{user}@{host}", *OPTIONS, "--"]
    sys.stdout.flush()
    if argv[0] == "build" or argv[:2] == ["image", "build"]:
        return _build(ssh, argv)
    if argv[0] in ("load", "import") or argv[:2] in (["image", "load"], ["volume", "import"]):
        return _with_input(ssh, argv)
    if not {"-i", "-it", "-ti", "--interactive", "-"} & set(argv):
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)  # the real client does not read its caller's standard input
    return os.execv(ssh[0], [*ssh, shlex.join(["podman", *argv])])


def _must_answer(host: str, port: int, identity: str, uri: str) -> None:
    if identity and not os.path.exists(identity):
        why = f'failed to read identity "{identity}": open {identity}: no such file or directory'
        fail(_NO_CONNECTION.format(why=f"{why}: {uri}"), 125)
    try:
        with socket.create_connection((host, port), 10) as guest:
            if guest.recv(4) == b"SSH-":
                return
            why = "ssh: handshake failed: EOF"
    except OSError:
        why = f"failed to connect: dial tcp {host}:{port}: connect: connection refused"
    fail(_NO_CONNECTION.format(why=f"{why}: {uri}"), 125)


_VALUE_FLAGS = frozenset(
    """
    -t --tag -f --file --build-arg --label --target --platform --build-context --cache-from --cache-to --device -v
    --volume --network --format --iidfile --secret --isolation --layer-label --annotation --security-opt --env
    --pull-policy --add-host --timestamp --jobs --ulimit --cap-add --cap-drop --from --logfile --shm-size --retry
    """.split()
)


def _build(ssh: list[str], argv: list[str]) -> int:
    """Send the context as a tar, as the remote client does, and build it where it arrives."""
    at = argv.index("build") + 1
    context = None
    rest: list[str] = []
    words = iter(argv[at:])
    for word in words:
        if word in ("-f", "--file") or word.startswith("--file="):
            path = word.partition("=")[2] or next(words)
            rest += ["-f", os.path.relpath(path, start=context) if context else path]
        elif word in _VALUE_FLAGS:
            rest += [word, next(words)]
        elif word.startswith("-") and word != "-":
            rest.append(word)
        else:
            context = word
    if context == "-":
        return subprocess.call([*ssh, shlex.join(["podman", *argv])])
    context = context or "."
    if not os.path.isdir(context):
        fail(f"Error: context must be a directory: {context!r}", 125)
    rest = [_inside(context, rest, index) for index in range(len(rest))]
    remote = 'd=$(mktemp -d /var/tmp/libpod_builder.XXXXXX) && tar -C "$d" --no-same-owner -xf - && cd "$d" && '
    remote += shlex.join(["podman", *argv[:at], *rest]) + ' .; rc=$?; cd /; rm -rf "$d"; exit $rc'
    tar = subprocess.Popen(["/usr/bin/tar", "-C", context, "-cf", "-", "."], stdout=subprocess.PIPE)
    status = subprocess.call([*ssh, remote], stdin=tar.stdout)
    tar.wait()
    return status


def _inside(context: str, rest: list[str], index: int) -> str:
    word = rest[index]
    if index and rest[index - 1] == "-f" and os.path.exists(word):
        return os.path.relpath(word, start=context)
    return word


def _with_input(ssh: list[str], argv: list[str]) -> int:
    """`-i FILE` and a trailing FILE name a file on the Mac: send it as standard input."""
    rest = list(argv)
    path = None
    for flag in ("-i", "--input"):
        if flag in rest:
            at = rest.index(flag)
            path = rest[at + 1]
            del rest[at : at + 2]
    if path is None and rest[0] != "load" and os.path.isfile(rest[-1]):
        path, rest[-1] = rest[-1], "-"
    if path is None:
        return subprocess.call([*ssh, shlex.join(["podman", *rest])])
    with open(path, "rb") as file:
        return subprocess.call([*ssh, shlex.join(["podman", *rest])], stdin=file)
