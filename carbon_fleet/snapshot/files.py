"""Small text files as a probe saw them (`cf_file` in `files/probe/lib.sh`)."""

from dataclasses import dataclass

from carbon_fleet.snapshot.section import Section, Unreadable


@dataclass(frozen=True)
class FileSeen:
    """A file on a machine. `kind` is regular, absent, link, directory or unreadable; the rest is set for a regular one.

    `mode` is four octal digits, `content` the file's bytes.
    """

    path: str
    kind: str = "absent"
    mode: str = ""
    owner: str = ""
    group: str = ""
    content: bytes = b""


def files_in(section: Section) -> dict[str, FileSeen]:
    """Every file the section looked at, by the path it was asked for as the machine spells it."""
    return {seen.path: seen for seen in (_file(section, fact) for fact in section.all("file"))}


def _file(section: Section, fact: str) -> FileSeen:
    kind, _, rest = fact.partition(" ")
    if kind != "regular":
        return FileSeen(rest, kind)
    words = rest.split(" ", 3)
    if len(words) != 4:
        raise Unreadable(f"{section.name}: a file's mode and owner could not be read: {rest!r}")
    mode, owner, group, path = words
    content = section.block(f"file {path}").must().bytes()
    return FileSeen(path, kind, mode.rjust(4, "0"), owner, group, content)
