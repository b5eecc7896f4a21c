"""What `container create` is told: its options, read as `Flags.swift` and `Parser.swift` read them."""

from __future__ import annotations

import os

from .apple_words import refuse, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MANY = ("--label", "--env", "--env-file", "--volume", "--tmpfs", "--publish", "--cap-drop", "--cap-add")
ONE = ("--name", "--entrypoint", "--user", "--network", "--memory", "--cpus")
LEAST = 200


def options(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Each option's values, and what follows them: the image first, then all as it is."""
    found: dict[str, list[str]] = {name: [] for name in (*MANY, *ONE)}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--read-only":
            found[option] = [""]
        elif option in found and rest:
            found[option].append(rest.pop(0))
        else:
            refuse(f"Unknown option '{option}'", 64)
    if not rest:
        refuse("Missing expected argument '<image>'", 64)
    return found, rest


def environment(found: dict[str, list[str]]) -> list[str]:
    """Variables of files, then those that were said."""
    lines: list[str] = []
    for path in found["--env-file"]:
        if not os.path.isfile(path):
            wrong("invalidArgument", f"failed to read envfile at {path}")
        with open(path, encoding="utf-8") as file:
            lines += [line.lstrip() for line in file.read().splitlines() if line.strip() and line.lstrip()[0] != "#"]
    return [f"{key}={value}" for key, value in dict(one.split("=", 1) for one in [*lines, *found["--env"]]).items()]


def mounts(found: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Folders of the Mac, which have to be there, and volumes by name."""
    made = []
    for text in found["--volume"]:
        source, target, *how = text.split(":")
        if "/" in source and not os.path.exists(source):
            wrong("invalidArgument", f"path '{source}' does not exist")
        kind = {"virtiofs": {}} if "/" in source else {"volume": {"name": source, "format": "ext4"}}
        made.append(
            {"type": kind, "source": source, "destination": target, "options": how[0].split(",") if how else []}
        )
    return [
        *made,
        *({"type": {"tmpfs": {}}, "source": "tmpfs", "destination": one, "options": []} for one in found["--tmpfs"]),
    ]


def ports(found: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Published ports; one number is one port, whatever its address (`PublishPort.swift`)."""
    made = []
    for text in found["--publish"]:
        spec, _, kind = text.partition("/")
        head, inner = spec.rsplit(":", 1)
        host, _, outer = head.rpartition(":")
        port = {"hostAddress": host.strip("[]") or "0.0.0.0", "hostPort": int(outer), "containerPort": int(inner)}
        made.append({**port, "proto": kind or "tcp", "count": 1})
    if len({(one["hostPort"], one["proto"]) for one in made}) < len(made):
        wrong("invalidArgument", "host ports for different publish port specs may not overlap")
    return made


def memory(found: dict[str, list[str]]) -> int:
    """Bytes; 1 GiB where nothing is said."""
    mib = int(found["--memory"][0].rstrip("M")) if found["--memory"] else 1024
    if mib < LEAST:
        wrong("invalidArgument", f"minimum memory amount allowed is 200 MiB (got {mib * 2**20} bytes)")
    return mib * 2**20
