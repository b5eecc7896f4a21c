"""A bundle: a lab's files in a tar, with a number before them that only grows. What is signed is the whole of it.

No compression and no times: the same files under the same number are the same bytes.
"""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

FORMAT_VERSION = 1
MANIFEST = "carbon-fleet-bundle.json"
MOST = 64 * 2**20
"""Bytes of a bundle: lab files are text, and a Mac takes it into its memory."""


class BundleFailed(Exception):
    """It is no bundle of this version; the message is why."""


@dataclass(frozen=True)
class Bundle:
    """The files by their paths, the lab's name, and the number."""

    lab: str
    serial: int
    files: Mapping[str, bytes]


def packed(bundle: Bundle) -> bytes:
    """The bytes that are signed and published."""
    head = {"format_version": FORMAT_VERSION, "lab": bundle.lab, "serial": bundle.serial}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in ((MANIFEST, json.dumps(head).encode() + b"\n"), *sorted(bundle.files.items())):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def unpacked(content: bytes) -> Bundle:
    """What `packed` packed. Plain files only, none of which leads out of its folder. Raises `BundleFailed`."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            files = dict(_files(tar))
        head = json.loads(files.pop(MANIFEST))
        return _bundle(head, files)
    except (tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError) as error:
        raise BundleFailed(f"it is no bundle: {error}") from error


def _bundle(head: Any, files: Mapping[str, bytes]) -> Bundle:
    if head["format_version"] != FORMAT_VERSION:
        raise BundleFailed(f"its format is {head['format_version']!r}, and this carbon-fleet reads {FORMAT_VERSION}")
    lab, serial = head["lab"], head["serial"]
    if not isinstance(lab, str) or type(serial) is not int or serial < 1:
        raise BundleFailed("it has no name of a lab or no number")
    return Bundle(lab, serial, files)


def _files(tar: tarfile.TarFile) -> "list[tuple[str, bytes]]":
    found: dict[str, bytes] = {}
    for entry in tar:
        # A sparse file is as large as it says, whatever it takes.
        plain = entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not entry.issparse()
        if not plain or not _inside(entry.name) or entry.name in found:
            raise BundleFailed(f"`{entry.name}` is no plain file inside of it, or is there twice")
        file = tar.extractfile(entry)
        found[entry.name] = file.read() if file else b""
        if len(found[entry.name]) != entry.size:
            raise BundleFailed("it ends too early")
    return list(found.items())


def _inside(name: str) -> bool:
    parts = name.split("/")
    return bool(PurePosixPath(name).parts) and not any(part in ("", ".", "..") or "\0" in part for part in parts)
