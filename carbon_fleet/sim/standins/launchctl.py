"""launchctl, modelled: agents are known by their label, nothing is started."""

from __future__ import annotations

import os
import plistlib
import sys

from .disk import SHARED, fail, read_json, write_json

_STORE = f"{SHARED}/launchd.json"


def main(argv: list[str]) -> int:
    """bootstrap, bootout, enable, disable, print, kickstart, list."""
    verb, rest = (argv[1], argv[2:]) if len(argv) > 1 else ("list", [])
    known: dict[str, str] = read_json(_STORE, {})
    if verb == "bootstrap":
        with open(rest[1], "rb") as file:
            label = plistlib.load(file)["Label"]
        if label in known:
            fail("Bootstrap failed: 5: Input/output error", 5)
        write_json(_STORE, {**known, label: os.path.abspath(rest[1])})
    elif verb == "list":
        sys.stdout.write("PID\tStatus\tLabel\n" + "".join(f"-\t0\t{label}\n" for label in sorted(known)))
    elif verb in ("bootout", "print", "kickstart"):
        label = rest[-1].rpartition("/")[2]
        if label not in known:
            fail(f'Could not find service "{label}" in domain for user gui: 501', 113)
        if verb == "bootout":
            write_json(_STORE, {name: path for name, path in known.items() if name != label})
        elif verb == "print":
            sys.stdout.write(f"{rest[-1]} = {{\n\tpath = {known[label]}\n\tstate = not running\n}}\n")
    elif verb not in ("enable", "disable"):
        fail(f"Unrecognized subcommand: {verb}", 64)
    return 0
