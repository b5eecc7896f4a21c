"""The lines of shell a look is made of: one on the Mac, one through it in the virtual machine, one in a container."""

import shlex

from carbon_fleet import assets

GUEST = "root@127.0.0.1"
TO_GUEST = ("-F", "/dev/null", "-T", "-o", "ControlMaster=no", "-o", "ProxyCommand=false", "-o", "LogLevel=ERROR")
"""A client of the shared connection and of nothing else: should that be gone, ssh must fail, not connect anew."""


def mac_line(command: str, seconds: int, prefix: str) -> str:
    """`command` (POSIX sh) for the login user's shell on the Mac, whichever that is.

    Homebrew's `prefix` is put on PATH, the place of podman's installer last, and TMPDIR is the user's own, which
    podman's sockets lie in; a non-login ssh session has neither. After `seconds` the command and all it started are
    ended, and the status is 124.
    """
    path = f"{prefix}/bin:{prefix}/sbin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/podman/bin"
    temporary = 'TMPDIR="$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")"'
    program = " ".join(line.strip() for line in assets.text("deadline.pl").splitlines())
    words = shlex.join([f"PATH={path}", "LC_ALL=C", "perl", "-e", program, str(seconds), "/bin/sh", "-c", command])
    return shlex.join(["/bin/sh", "-c", f"exec env {temporary} {words}"])


def guest_command(command: str, seconds: int, socket: str) -> str:
    """The command on the Mac that runs `command` (POSIX sh) as root in the virtual machine, through `socket`."""
    inside = shlex.join(["timeout", "-k", "2", str(seconds), "/bin/sh", "-c", command])
    return shlex.join(["ssh", *TO_GUEST, "-S", socket, GUEST, inside])


def here_command(command: str, seconds: int) -> str:
    """The command on a host without a machine that runs `command` (POSIX sh) there as root."""
    inside = ["timeout", "-k", "2", str(seconds), "/bin/sh", "-c", command]
    return shlex.join(["/bin/sh", "-c", assets.text("as-root.sh"), "sh", *inside])


def container_command(command: str, name: str) -> str:
    """The command in the virtual machine that runs `command` (POSIX sh) in the container `name`."""
    return shlex.join(["podman", "exec", name, "/bin/sh", "-c", command])
