"""`podman secret` in the modelled guest: create, ls, inspect, rm, exists, in the shapes of podman 5."""

from __future__ import annotations

import json
import secrets
import sys
import time

from .disk import fail, read_json, write_json
from .flags import Flags, exactly
from .guest_store import directory
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _path() -> str:
    return f"{directory()}/secrets.json"


def _data() -> str:
    return f"{directory()}/secretsdata.json"


def known(name: str) -> dict[str, Any] | None:
    """A secret by name or ID."""
    found: list[dict[str, Any]] = read_json(_path(), [])
    return next((one for one in found if name in (one["ID"], one["Spec"]["Name"])), None)


def main(argv: list[str]) -> int:
    """Run one `podman secret` command."""
    verb, rest = argv[0], argv[1:]
    table = {"create": _create, "ls": _listed, "list": _listed, "inspect": _inspect, "rm": _remove, "exists": _exists}
    if verb not in table:
        fail(f"Error: unrecognized command `podman secret {verb}` (the modelled guest does not know it)", 125)
    return table[verb](rest)


def _create(argv: list[str]) -> int:
    flags = Flags(
        "podman secret create", {"replace": bool, "label": list, "driver": str}, {"l": "label", "d": "driver"}
    )
    name, source = exactly(2, flags.parse(argv))
    if source == "-":
        value = sys.stdin.buffer.read()
    else:
        with open(source, "rb") as file:
            value = file.read()
    if not 0 < len(value) < 512000:
        fail("Error: secret data must be larger than 0 and less than 512000 bytes", 125)
    if known(name) and not flags.get("replace"):
        fail(f"Error: {name}: secret name in use", 125)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    one = {
        "ID": secrets.token_hex(13)[:25],
        "CreatedAt": now,
        "UpdatedAt": now,
        "Spec": {
            "Name": name,
            "Driver": {"Name": "file", "Options": {}},
            "Labels": dict(item.partition("=")[::2] for item in flags.get("label", [])),
        },
    }
    rest = [each for each in read_json(_path(), []) if each["Spec"]["Name"] != name]
    write_json(_path(), [*rest, one], mode=0o600)
    write_json(_data(), {**read_json(_data(), {}), name: value.decode()}, mode=0o600)
    sys.stdout.write(f"{one['ID']}\n")
    return 0


def _listed(argv: list[str]) -> int:
    flags = Flags(
        "podman secret ls", {"quiet": bool, "noheading": bool, "format": str}, {"q": "quiet", "n": "noheading"}
    )
    flags.parse(argv)
    for one in read_json(_path(), []):
        sys.stdout.write(f"{one['ID']}\n" if flags.get("quiet") else f"{one['ID']}  {one['Spec']['Name']}  file\n")
    return 0


def _inspect(argv: list[str]) -> int:
    flags = Flags("podman secret inspect", {"showsecret": bool, "format": str}, {"f": "format"})
    names = flags.parse(argv)
    found = [known(name) for name in names]
    data = read_json(_data(), {}) if flags.get("showsecret") else {}
    shown = [{**one, "SecretData": data[one["Spec"]["Name"]]} if data else one for one in found if one]
    if form := flags.get("format"):
        sys.stdout.write("".join(f"{render(form, one)}\n" for one in shown))
    else:
        sys.stdout.write(json.dumps(shown, indent=4) + "\n")
    missing = [name for name, one in zip(names, found, strict=True) if one is None]
    return (
        fail(f'Error: inspecting secret {missing[0]}: no secret with name or id "{missing[0]}": no such secret', 125)
        if missing
        else 0
    )


def _remove(argv: list[str]) -> int:
    flags = Flags("podman secret rm", {"all": bool, "ignore": bool}, {"a": "all", "i": "ignore"})
    for name in flags.parse(argv):
        one = known(name)
        if one is None:
            fail(f'Error: no secret with name or id "{name}": no such secret', 1)
        write_json(
            _data(), {key: v for key, v in read_json(_data(), {}).items() if key != one["Spec"]["Name"]}, mode=0o600
        )
        write_json(_path(), [each for each in read_json(_path(), []) if each["ID"] != one["ID"]], mode=0o600)
        sys.stdout.write(f"{one['ID']}\n")
    return 0


def _exists(argv: list[str]) -> int:
    return 0 if known(argv[0]) else 1
