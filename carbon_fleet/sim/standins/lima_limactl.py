"""limactl: --version, list --json, start, stop, shell; of instances that somebody made."""

from __future__ import annotations

import json
import sys

from . import lima_instances as lima
from .disk import journal
from .engines import unknown


def main(argv: list[str]) -> int:
    """Run one command of limactl."""
    words = argv[1:]
    journal(argv)
    place = lima.home()
    if words == ["--version"]:
        sys.stdout.write(f"limactl version {lima.VERSION}\n")
    elif words[:1] == ["list"]:
        _list(words[1:], place)
    elif words[:1] == ["start"] and words[1:2] == ["--tty=false"]:
        lima.start(place, words[2])
    elif words[:1] == ["stop"]:
        lima.stop(place, words[1])
    elif words[:3] == ["shell", "--workdir", "/"]:
        return lima.shell(place, words[3], words[4:])
    else:
        unknown("limactl", words)
    return 0


def _list(words: list[str], place: str) -> None:
    if words != ["--json"]:
        unknown("limactl", ["list", *words])
    found = lima.names(place)
    if not found:
        sys.stderr.write('level=warning msg="No instance found. Run `limactl create` to create an instance."\n')
    for name in found:
        sys.stdout.write(json.dumps(lima.listed(place, name), separators=(",", ":")) + "\n")
