"""`images outdated`: images pinned by digest whose tag has moved on, as registries say now. No Mac is contacted."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.registry import RegistryTrouble, digest_of
from operations.image.publish import pins

FORMAT_VERSION = 1


def outdated(file: Path, chosen: Sequence[str], at: Sequence[str], *, json: bool) -> int:
    """Print each pinned image and what its tag is on. Returns 0, 2 when one has moved on, 4 when one is not known."""
    lab = lab_of(file)
    macs = macs_of(lab, chosen)
    known = _plain(macs) | places(at)
    rows = [_row(pin, users, known) for pin, users in sorted(_pins(macs).items())]
    try:
        if json:
            print(dumps({"format_version": FORMAT_VERSION, "lab": lab.name, "images": rows}, indent=2))
        else:
            print("\n".join(line for row in rows for line in _lines(row)) or "no image is pinned by tag and digest")
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    if any(row["trouble"] for row in rows):
        return Exit.SOME_FAILED
    return Exit.PENDING if any(row["now"] != row["pinned"] for row in rows) else Exit.OK


def _pins(macs: Iterable[Mac]) -> dict[str, dict[str, set[str]]]:
    """Pinned reference → what is made from it or runs it → on which Macs."""
    found: dict[str, dict[str, set[str]]] = {}
    for mac in macs:
        for pin, users in pins(mac).items():
            for user in users:
                found.setdefault(pin, {}).setdefault(user, set()).add(mac.name)
    return found


def _row(pin: str, users: Mapping[str, set[str]], at: Mapping[str, str]) -> dict[str, Any]:
    reference, _, digest = pin.partition("@")
    row: dict[str, Any] = {"image": reference, "pinned": digest, "now": None, "trouble": None}
    row["used_by"] = {user: sorted(macs) for user, macs in sorted(users.items())}
    try:
        row["now"] = digest_of(reference, at)
    except RegistryTrouble as trouble:
        row["trouble"] = str(trouble)
    return row


def _lines(row: Mapping[str, Any]) -> list[str]:
    users = ", ".join(row["used_by"])
    if row["trouble"]:
        return [f"?  {row['image']} ({users}): {row['trouble']}"]
    if row["now"] == row["pinned"]:
        return [f"=  {row['image']} ({users}): as pinned"]
    return [f"~  {row['image']} ({users}): the tag has moved on", f"   write {row['image']}@{row['now']}"]


def _plain(macs: Iterable[Mac]) -> dict[str, str]:
    """The lab's own registries that speak plain http."""
    registries = [mac.registry for mac in macs if mac.registry is not None]
    return {each.host: f"http://{each.host}" for each in registries if each.insecure}


def places(words: Sequence[str]) -> dict[str, str]:
    """Host → URL, of words `HOST=URL`; others end the verb with 64."""
    pairs = [word.partition("=") for word in words]
    for host, _, url in pairs:
        if not host or not url.startswith(("http://", "https://")):
            raise usage(f"--at {host}: write HOST=URL, such as docker.io=https://mirror.example")
    return {host: url for host, _, url in pairs}
