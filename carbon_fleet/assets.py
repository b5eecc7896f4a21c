"""Where the project's own files lie: in a checkout beside the packages, in an installed wheel inside them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path


@cache
def root() -> Path:
    """The folder that holds `deploy.py`, `files/`, `inventories/` and `tests/state/`."""
    here = Path(__file__).resolve().parent
    packaged = here / "_project"
    return packaged if packaged.is_dir() else here.parent


@cache
def text(name: str) -> str:
    """The text of `files/NAME`; these files never change while the program runs."""
    return (root() / "files" / name).read_text(encoding="utf-8")


@cache
def names(folder: str, suffix: str) -> tuple[str, ...]:
    """The sorted names (without `suffix`) of the files in `files/FOLDER` that end in `suffix`."""
    return tuple(sorted(path.name.removesuffix(suffix) for path in (root() / "files" / folder).glob(f"*{suffix}")))


@dataclass(frozen=True)
class Entry:
    """A file below a folder of `files/`: `path` is relative to that folder, with `/`."""

    path: str
    executable: bool
    content: bytes


@cache
def tree(folder: str) -> tuple[Entry, ...]:
    """Every file below `files/FOLDER`, sorted by path, without what editors and interpreters leave there."""
    top = root() / "files" / folder
    found = [path for path in top.rglob("*") if path.is_file() and not _litter(path.relative_to(top))]
    entries = (Entry(path.relative_to(top).as_posix(), _executable(path), path.read_bytes()) for path in found)
    return tuple(sorted(entries, key=lambda entry: entry.path))


@cache
def folders(folder: str) -> tuple[str, ...]:
    """The sorted names of the folders in `files/FOLDER`."""
    return tuple(sorted(path.name for path in (root() / "files" / folder).iterdir() if path.is_dir()))


def _litter(path: Path) -> bool:
    return "__pycache__" in path.parts or path.suffix in (".pyc", ".swp") or path.name in (".DS_Store",)


def _executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
