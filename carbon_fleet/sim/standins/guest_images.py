"""`podman images`, `image inspect|exists|rm|tag|prune`, `pull`."""

from __future__ import annotations

import json
import sys
import time

from .disk import fail
from .flags import Flags
from .guest_store import Store, normalised, store
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def listed(argv: list[str]) -> int:
    """`podman images [--filter label=…|reference=…|dangling=…] [--format json|TEMPLATE] [-q] [NAME]`."""
    spec = {
        "format": str,
        "filter": list,
        "no-trunc": bool,
        "all": bool,
        "quiet": bool,
        "noheading": bool,
        "digests": bool,
        "sort": str,
    }
    flags = Flags("podman images", spec, {"a": "all", "f": "filter", "q": "quiet", "n": "noheading"})
    names = flags.parse(argv)
    with store() as opened:
        rows = [_row(opened, key) for key in opened.images]
    rows = [row for row in rows if all(_passes(row, one) for one in flags.get("filter", []))]
    if names:
        rows = [row for row in rows if any(normalised(name) in row["Names"] for name in names)]
    if flags.get("quiet"):
        sys.stdout.write("".join(f"{row['Id'][:12]}\n" for row in rows))
    elif flags.get("format") == "json":
        sys.stdout.write(json.dumps(rows, indent=4) + "\n")
    else:
        form = flags.get("format") or "{{.Repository}}  {{.Tag}}  {{.ID}}  {{.Size}}"
        sys.stdout.write("".join(render(form, row) + "\n" for row in rows))
    return 0


def _row(opened: Store, key: str) -> dict[str, Any]:
    image = opened.images[key]
    first = image["names"][0] if image["names"] else "<none>:<none>"
    repository, _, tag = (first.partition("@")[0], "", "<none>") if "@" in first else first.rpartition(":")
    return {
        "Id": key,
        "ParentId": "",
        "RepoTags": [name for name in image["names"] if "@" not in name] or None,
        "RepoDigests": _digests(image),
        "Size": image["size"],
        "SharedSize": 0,
        "VirtualSize": image["size"],
        "Labels": image["labels"] or None,
        "Containers": sum(1 for box in opened.containers.values() if box["image"] == key),
        "Names": image["names"],
        "Digest": image["digest"],
        "History": image["names"],
        "Created": int(image["created"]),
        "CreatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(image["created"])),
        "Dangling": not image["names"],
        "Repository": repository,
        "Tag": tag,
        "ID": key[:12],
    }


def _digests(image: dict[str, Any]) -> list[str]:
    """Every repository it goes by, with the digest of its manifest."""
    names = (name if "@" in name else f"{name.rpartition(':')[0]}@{image['digest']}" for name in image["names"])
    return list(dict.fromkeys(names))


def _passes(row: dict[str, Any], one: str) -> bool:
    kind, _, value = one.partition("=")
    if kind == "label":
        name, equals, wanted = value.partition("=")
        labels = row["Labels"] or {}
        return name in labels and (not equals or labels[name] == wanted)
    if kind == "reference":
        stem = value.rstrip("*")
        return any(name.startswith(stem) if value.endswith("*") else name == normalised(value) for name in row["Names"])
    if kind == "dangling":
        return bool(row["Dangling"]) == (value == "true")
    return fail(f"Error: {kind} is an invalid filter", 125)


def details(opened: Store, name: str) -> dict[str, Any] | None:
    """One element of `podman image inspect`."""
    image = opened.image(name)
    if image is None:
        return None
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(image["created"]))
    names = image["names"]
    return {
        "Id": image["id"],
        "Digest": image["digest"],
        "RepoTags": names,
        "Created": created,
        "Labels": image["labels"] or None,
        "RepoDigests": _digests(image),
        "Size": image["size"],
        "Config": {"Labels": image["labels"] or None},
        "Architecture": "arm64",
        "Os": "linux",
        "NamesHistory": names,
    }


def exists(argv: list[str]) -> int:
    """Status 0 or 1."""
    with store() as opened:
        return 0 if opened.image(argv[0]) else 1


def remove(argv: list[str]) -> int:
    """Untag; the last tag takes the image along, unless a container uses it."""
    flags = Flags(
        "podman image rm", {"force": bool, "all": bool, "ignore": bool}, {"f": "force", "a": "all", "i": "ignore"}
    )
    names = flags.parse(argv)
    with store(write=True) as opened:
        for name in list(opened.images) if flags.get("all") else names:
            _remove_one(opened, name, bool(flags.get("force")), bool(flags.get("ignore")))
    return 0


def _remove_one(opened: Store, name: str, force: bool, ignore: bool) -> None:
    image = opened.image(name)
    if image is None:
        if ignore:
            return
        fail(f"Error: {name}: image not known", 1)
    users = [key for key, box in opened.containers.items() if box["image"] == image["id"]]
    by_tag = normalised(name) in image["names"]
    if by_tag and len(image["names"]) > 1:
        opened.images[image["id"]]["names"].remove(normalised(name))
        sys.stdout.write(f"Untagged: {normalised(name)}\n")
        return
    if users and not force:
        fail(
            f"Error: image used by {users[0]}: image is in use by a container: consider listing external "
            "containers and "
            "force-removing image",
            2,
        )
    for key in users:
        del opened.containers[key]
    del opened.images[image["id"]]
    sys.stdout.write(f"Untagged: {normalised(name)}\nDeleted: {image['id']}\n")


def tag(argv: list[str]) -> int:
    """One more name."""
    with store(write=True) as opened:
        image = opened.image(argv[0]) or fail(f"Error: {argv[0]}: image not known", 125)
        for name in argv[1:]:
            for other in opened.images.values():
                other["names"] = [one for one in other["names"] if one != normalised(name)]
            opened.images[image["id"]]["names"].append(normalised(name))
    return 0


def prune(argv: list[str]) -> int:
    """Images without a name that no container uses; with -a all unused."""
    every = bool({"-a", "--all", "-af", "-fa"} & set(argv))
    with store(write=True) as opened:
        used = {box["image"] for box in opened.containers.values()}
        for key in [key for key, image in opened.images.items() if key not in used and (every or not image["names"])]:
            del opened.images[key]
            sys.stdout.write(f"{key}\n")
    return 0


def pull(argv: list[str]) -> int:
    """Any registry but localhost has every image, unless downloads are real."""
    name = [arg for arg in argv if not arg.startswith("-")][-1]
    if name.startswith("localhost/"):
        fail(
            f"Error: initializing source docker://{name}: pinging container registry localhost: connection refused", 125
        )
    with store(write=True) as opened:
        found = opened.image(name)
        key = found["id"] if found else opened.pulled(name)
    sys.stdout.write(f"{key}\n")
    return 0
