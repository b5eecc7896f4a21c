"""Runs programs of the guest's root file system on this machine, installed nowhere."""

from collections.abc import Mapping
from pathlib import Path


def command(
    root: Path,
    arguments: list[str],
    *,
    folders: Mapping[str, Path] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the argument list that runs `arguments` with `root` (read-only) as its root directory.

    `folders` maps a path below /run in there to the directory or file here that it shows, writable. The process keeps
    this machine's network and its devices, is killed with its parent, and takes its own children with it.
    """
    shown = [word for inside, here in (folders or {}).items() for word in ("--bind", str(here), inside)]
    given = [word for name, value in (environment or {}).items() for word in ("--setenv", name, value)]
    return [
        *("bwrap", "--die-with-parent", "--unshare-pid", "--unshare-ipc", "--cap-add", "ALL", "--clearenv"),
        *("--ro-bind", str(root), "/", "--dev-bind", "/dev", "/dev", "--proc", "/proc"),
        *("--tmpfs", "/run", "--tmpfs", "/tmp", "--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"),
        *("--setenv", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        *given,
        *shown,
        *arguments,
    ]
