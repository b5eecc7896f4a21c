"""A lab file's bytes, and whether they are text that YAML allows."""

import re
from pathlib import Path

from carbon_fleet.spec.errors import LabError, LabFault

# A lab of 10,000 Macs with a line each is 1 MB.
LIMIT = 32 * 2**20
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufeff\uff00-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path) -> str:
    """The text of a lab file, without byte order mark. Raises LabError when it cannot be read or is not text."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LIMIT + 1)
    except IsADirectoryError:
        raise _fault(path, "this is a folder", "a lab is one YAML file", "name a file in it") from None
    except FileNotFoundError:
        raise _fault(path, "there is no such file", write="copy `inventories/lab.example.yml` to start one") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _fault(path, f"it cannot be read: {reason}", write="see to its place and permissions") from None
    if len(content) > LIMIT:
        raise _fault(path, f"it is larger than {LIMIT // 2**20} MiB", "no lab is that large", "name a lab file")
    return decode(content, str(path))


def decode(content: bytes, file: str) -> str:
    """The text of `content`, which has to be UTF-8. Raises LabError that names the first byte that is not."""
    if content[:2] in _BOMS:
        encoding = _BOMS[content[:2]]
        raise LabError((LabFault(file, 1, 1, "", f"the file is {encoding}", "a lab is UTF-8", "save it as UTF-8"),))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        line, column = _place(before)
        what = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        raise LabError((LabFault(file, line, column, "", what, "a lab is UTF-8", "save it as UTF-8"),)) from None


def check_characters(text: str, file: str) -> None:
    """Refuse characters that YAML forbids (NUL, escape, lone surrogates). Raises LabError at the first."""
    found = _FORBIDDEN.search(text)
    if found:
        line, column = _place(text[: found.start()])
        what = f"the character U+{ord(found[0]):04X} cannot be in a YAML file"
        raise LabError((LabFault(file, line, column, "", what, write="remove it"),))


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _fault(path: Path, what: str, why: str = "", write: str = "") -> LabError:
    return LabError((LabFault(str(path), 0, 0, "", what, why, write),))
