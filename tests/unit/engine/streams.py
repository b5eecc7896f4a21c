"""Streams on this machine, in a process of their own; prints what came of each as JSON."""

import hashlib
import json

from carbon_fleet.connectors.local import LocalMacConnector
from carbon_fleet.connectors.ran import Stream

PIECE = bytes(range(256)) * 256


def started(line: str) -> Stream:
    """The line, running here."""
    return LocalMacConnector.open(None, line)  # type: ignore[arg-type]  # it needs nothing of its host


def through(line: str, pieces: int) -> dict[str, object]:
    """How the line ends that is given so many pieces, 64 KiB each, while what it says is dropped."""
    stream = started(line)
    for _ in range(pieces):
        stream.write(PIECE)
    ended = stream.wait()
    stream.close()
    return {"status": ended.status, "err": ended.err[-1:]}


def said(line: str) -> dict[str, object]:
    """The bytes a line says, by number and sha256."""
    stream, digest, number = started(line), hashlib.sha256(), 0
    while piece := stream.read():
        digest.update(piece)
        number += len(piece)
    return {"status": stream.wait().status, "bytes": number, "sha256": digest.hexdigest()}


print(
    json.dumps(
        {
            "taken": through("n=$(wc -c); echo $n >&2", 64),
            "ended early": through("echo enough >&2; exit 3", 64),
            "loud": through("cat >/dev/null; head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo last >&2", 1),
            "said": said("head -c 5000000 /dev/zero"),
        }
    )
)
