"""What goes into a volume by `volume import`, and comes out of it again by `volume export`."""

import hashlib
import os
import tarfile
from pathlib import Path

from tests.sim.runs import fleet


def archive_of(place: Path) -> tuple[str, str]:
    """The words that give an archive with one file of random bytes, `deep/blob`, which is also at `place`/blob."""
    (place / "blob").write_bytes(os.urandom(300_000))
    with tarfile.open(place / "in.tar", "w") as archive:
        archive.add(place / "blob", "deep/blob")
    return "-i", str(place / "in.tar")


def came_out(file: str, mac: str, volume: str, place: Path) -> None:
    """Assert that the volume has that file, byte by byte, and that its export tells its own sha256."""
    out = place / "out.tar"
    (told,) = fleet("volume", "export", file, mac, volume, "-o", str(out), expect=0)["macs"]
    assert told["measured"]["volume"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    with tarfile.open(out) as archive:
        blob = archive.extractfile("./deep/blob")
        assert blob is not None
        assert blob.read() == (place / "blob").read_bytes()
