"""The bubblewrap command lines that make a process a simulated Mac or a modelled guest."""

from collections.abc import Mapping
from pathlib import Path

from carbon_fleet.sim.programs import python_home

MAC_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"
"""What a non-login ssh session gets on macOS: Homebrew is not on it."""
_LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share")
_ETC = ("/etc/ssl", "/etc/perl", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


def _common(root: Path, programs: Path, shared: Path) -> list[str]:
    command = ["bwrap", "--die-with-parent", "--new-session", "--unshare-user", "--unshare-pid", "--uid", "501"]
    command += ["--clearenv", "--bind", str(root), "/", "--dev", "/dev", "--proc", "/proc"]
    for path in _LIBRARIES:
        if Path(path).is_dir():
            command += ["--ro-bind", path, path]
    command += ["--ro-bind", str(programs), "/.sim", "--bind", str(shared), "/.sim/mac"]
    command += ["--ro-bind", "/usr/bin", "/.host/bin", "--ro-bind", "/usr/sbin", "/.host/sbin"]
    if home := python_home():
        command += ["--ro-bind", str(home), str(home)]
    return command


def mac_command(
    root: Path, userland: Path, programs: Path, shared: Path, shown: Mapping[str, Path] | None = None
) -> list[str]:
    """Run what follows inside a Mac: `root` is its /, `shared` its /.sim/mac, `shown` what else it sees, read-only."""
    command = [*_common(root, programs, shared), "--gid", "20", "--hostname", shared.parent.name, "--unshare-uts"]
    for place in ("bin", "sbin", "usr/bin", "usr/sbin"):
        command += ["--ro-bind", str(userland / place), f"/{place}"]
    for path in _ETC:
        if Path(path).exists():
            command += ["--ro-bind", path, f"/private{path}"]
    for inside, here in (shown or {}).items():
        command += ["--ro-bind", str(here), inside]
    return [*command, "--setenv", "PATH", MAC_PATH, "--chdir", "/", "--"]


def guest_command(
    root: Path, programs: Path, shared: Path, mounts: list[tuple[Path, str]], *, render_node: bool
) -> list[str]:
    """Run what follows inside a modelled guest: Linux as it is here, with the stand-ins first on PATH."""
    command = [*_common(root, programs, shared), "--gid", "501", "--hostname", "localhost.localdomain", "--unshare-uts"]
    command += ["--ro-bind", "/usr/bin", "/usr/bin", "--ro-bind", "/usr/sbin", "/usr/sbin"]
    command += ["--tmpfs", "/run", "--tmpfs", "/tmp"]
    command += ["--dir", "/run/sshd", "--ro-bind", str(programs / "guest"), "/usr/local/bin"]
    for path in (*_ETC, "/etc/resolv.conf"):
        if Path(path).exists():
            command += ["--ro-bind", path, path]
    if render_node:  # a character device by kind, as checks expect; nothing is behind it
        command += ["--dev-bind", "/dev/null", "/dev/dri/renderD128", "--dev-bind", "/dev/null", "/dev/dri/card0"]
    command += ["--ro-bind", str(root / "etc/passwd.sshd"), "/etc/passwd"]
    for source, target in mounts:
        command += ["--bind", str(source), target]
    return [*command, "--setenv", "PATH", "/usr/local/bin:/usr/sbin:/usr/bin", "--chdir", "/", "--"]
