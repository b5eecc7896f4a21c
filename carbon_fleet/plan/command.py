"""Commands are argument lists; here, and nowhere else, they become lines of shell."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from carbon_fleet.snapshot import HERE, Hop
from carbon_fleet.snapshot.script import deadline_program, script_text

PKG = "/opt/podman/bin"
"""Where podman's own installer puts podman, krunkit and gvproxy (podman `contrib/pkginstaller`)."""

LONGEST_WORD = 200
"""How much of a word of a command people are shown; scripts are words, too."""


class Where(StrEnum):
    """The machine a command runs on."""

    MAC = "mac"
    GUEST = "guest"
    """Where containers run: the Mac's virtual machine, or a Linux host itself, as root in both."""


@dataclass(frozen=True)
class Command:
    """One process to run on a Mac or, as root, in its virtual machine.

    `argv` holds the program and its arguments as the process will see them; `stdin` is sent on standard input (text,
    never secret in argv); `fed` is instead the argument list of a program on the Mac whose output a command in the
    machine reads there, so that what it says never leaves the Mac; `deadline` is in seconds, after which the process
    and all it started are ended; `says` is what a person is told while it runs; `codes` are the Failure codes of exit
    statuses that mean something by themselves, and whose last line says it all.
    """

    argv: tuple[str, ...]
    where: Where = Where.MAC
    stdin: str | None = field(default=None, repr=False)
    deadline: int = 60
    env: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    fed: tuple[str, ...] = ()
    codes: Mapping[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The command as a person would type it: quoted, without deadline and transport."""
        words = [f"{name}={shlex.quote(value)}" for name, value in sorted(self.env.items())]
        feeding = [*(_short(word) for word in self.fed), "|"] if self.fed else []
        return " ".join([*feeding, *words, *(_short(word) for word in self.argv)])


def mac(*argv: str, **more: object) -> Command:
    """A command on the Mac itself, as the login user."""
    return Command(argv, Where.MAC, **more)  # type: ignore[arg-type]


def guest(*argv: str, **more: object) -> Command:
    """A command in the Mac's virtual machine, as root."""
    return Command(argv, Where.GUEST, **more)  # type: ignore[arg-type]


def shell(script: str, *arguments: str) -> tuple[str, ...]:
    """The argument list that runs a constant `script` over `arguments` (as `$1`, `$2`…).

    Values are never put into its text.
    """
    return ("/bin/sh", "-c", script, "sh", *arguments)


def render(command: Command, hop: Hop | None, prefix: str = "/opt/homebrew") -> str:
    """The line of POSIX sh that runs `command` when given to the login user's shell on the Mac.

    Homebrew's `prefix` is put on PATH (a non-login ssh shell has not), and last of all the place of podman's own
    installer; TMPDIR is the user's own whatever session this is (facts: podman keeps its sockets there), and a deadline
    ends the whole process group. Raises `ValueError` for a guest command when there is no way into the guest.
    """
    if command.where is Where.GUEST:
        argv = _as_root(command) if hop == HERE else _ssh(command, hop)
        argv = shell(script_text("feed.sh"), shlex.join(command.fed), *argv) if command.fed else argv
        return _on_mac(argv, command.deadline + 15, {}, prefix)
    return _on_mac(command.argv, command.deadline, command.env, prefix)


def _on_mac(argv: Sequence[str], deadline: int, env: Mapping[str, str], prefix: str) -> str:
    path = f"{prefix}/bin:{prefix}/sbin:/usr/bin:/bin:/usr/sbin:/sbin:{PKG}"
    assigned = " ".join(shlex.quote(f"{name}={value}") for name, value in sorted({"PATH": path, **env}.items()))
    temporary = 'TMPDIR="$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")"'
    words = " ".join(shlex.quote(word) for word in argv)
    return f"exec env {temporary} {assigned} perl -e {shlex.quote(deadline_program())} {deadline} {words}"


def _ssh(command: Command, hop: Hop | None) -> tuple[str, ...]:
    if hop is None:
        raise ValueError(f"no way into the virtual machine to run `{command}`")
    words = _bound(command)
    options = "IdentitiesOnly=yes StrictHostKeyChecking=no UserKnownHostsFile=/dev/null LogLevel=ERROR BatchMode=yes"
    flags = [flag for option in [*options.split(), "ConnectTimeout=10"] for flag in ("-o", option)]
    target = ["-i", hop.identity, "-p", str(hop.port), "root@127.0.0.1"]
    return ("ssh", "-F", "/dev/null", "-T", *flags, *target, " ".join(shlex.quote(word) for word in words))


def _as_root(command: Command) -> tuple[str, ...]:
    """On a host without a machine: sudo asks nobody for a password, and root does without it."""
    return shell(script_text("as-root.sh"), *_bound(command))


def _bound(command: Command) -> tuple[str, ...]:
    """The command with its deadline, for as long as the session it came by."""
    assigned = [f"{name}={value}" for name, value in sorted(command.env.items())]
    limited = ["timeout", "-k", "5", str(command.deadline), *(["env", *assigned] if assigned else []), *command.argv]
    return shell(script_text("while-connected.sh"), *limited)


def _short(word: str) -> str:
    lines = word.splitlines()
    if len(lines) < 2 and len(word) <= LONGEST_WORD:
        return shlex.quote(word)
    return shlex.quote(f"{lines[0][:LONGEST_WORD]} …")
