"""What Linux says of processes: enough to tell ours from a stranger with the same number."""

from pathlib import Path


def start_time(pid: int) -> str | None:
    """When `pid` was started, in clock ticks since boot; None when there is no such process or it is a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def children(pid: int) -> list[int]:
    """The direct children of `pid`."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """Children, their children, and so on."""
    found = children(pid)
    return found + [deeper for child in found for deeper in descendants(child)]


def command_line(pid: int) -> str:
    """The arguments of `pid`, joined by spaces; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
