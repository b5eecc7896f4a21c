"""`podman ps`, and what is said of a container's health."""

from __future__ import annotations

import json
import sys
import time

from .container_check import healthy
from .disk import fail
from .flags import Flags
from .guest_store import store
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STARTING_SECONDS = 0.3


def health(box: dict[str, Any]) -> str:
    """starting, healthy, unhealthy, or empty without a health command."""
    if not box.get("health") or box["state"] != "running":
        return ""
    if time.time() - box["started"] < _STARTING_SECONDS and not box.get("checked"):
        return "starting"
    return "healthy" if healthy(box) else "unhealthy"


def listed(argv: list[str]) -> int:
    """`podman ps [-a] [--filter …] [--format json|TEMPLATE] [-q]`."""
    spec = {
        "all": bool,
        "no-trunc": bool,
        "format": str,
        "filter": list,
        "quiet": bool,
        "noheading": bool,
        "size": bool,
    }
    flags = Flags("podman ps", spec, {"a": "all", "q": "quiet", "f": "filter", "s": "size"})
    flags.parse(argv)
    with store() as opened:
        rows = [_row(key, box, opened.images.get(box["image"], {})) for key, box in opened.containers.items()]
    rows = [row for row in rows if flags.get("all") or row["State"] == "running"]
    rows = [row for row in rows if all(_passes(row, one) for one in flags.get("filter", []))]
    if flags.get("quiet"):
        sys.stdout.write("".join(f"{row['Id'][:12]}\n" for row in rows))
    elif flags.get("format") == "json":
        sys.stdout.write(json.dumps(rows, indent=4) + "\n")
    else:
        shown = {"Size": "0B (virtual 0B)"} if flags.get("size") else {}
        form = (flags.get("format") or "{{.ID}}  {{.Image}}  {{.Status}}  {{.Names}}").replace(
            "{{.Names}}", "{{.Name}}"
        )
        sys.stdout.write(
            "".join(
                render(form, {**row, **shown, "Name": row["Names"][0], "ID": row["Id"][:12]}) + "\n" for row in rows
            )
        )
    return 0


def _row(key: str, box: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
    state = health(box)
    status = (
        f"Up {int(time.time() - box['started'])} seconds"
        if box["state"] == "running"
        else f"Exited ({box['exit']}) now"
    )
    if box["state"] == "created":
        status = "Created"
    return {
        "Id": key,
        "Names": [box["name"]],
        "Image": box["image_name"],
        "ImageID": box["image"],
        "State": box["state"],
        "Status": status + (f" ({state})" if state else ""),
        "Labels": box["labels"] or None,
        "Command": box["command"] or None,
        "Created": int(box["created"]),
        "StartedAt": int(box["started"]),
        "ExitCode": box["exit"],
        "Exited": box["state"] == "exited",
        "Ports": _ports(box.get("published", [])) or None,
        "Mounts": [mount.split(":")[1] for mount in box["volumes"] if ":" in mount],
        "Volumes": [mount.split(":")[0] for mount in box["volumes"]],
        "AutoRemove": box["remove"],
        "Pid": 0,
        "Pod": "",
        "IsInfra": False,
        "Networks": ["podman"],
    }


def _ports(published: list[str]) -> list[dict[str, Any]]:
    """[ADDRESS:]PORT:PORT[/PROTOCOL], as podman has it in JSON."""
    found = []
    for one in published:
        *address, host, inside = one.partition("/")[0].split(":")
        said = {"host_ip": ":".join(address), "container_port": int(inside), "host_port": int(host)}
        found.append({**said, "range": 1, "protocol": one.partition("/")[2] or "tcp"})
    return found


def _passes(row: dict[str, Any], one: str) -> bool:
    kind, _, value = one.partition("=")
    if kind == "name":
        return value.strip("^$") in row["Names"][0]
    if kind == "label":
        name, equals, wanted = value.partition("=")
        labels = row["Labels"] or {}
        return name in labels and (not equals or labels[name] == wanted)
    if kind == "status":
        return bool(row["State"] == value)
    if kind == "health":
        return f"({value})" in row["Status"]
    if kind == "volume":
        return value in row["Volumes"]
    if kind == "ancestor":
        return value in (row["Image"], row["ImageID"])
    return fail(f"Error: {kind} is an invalid filter", 125)
