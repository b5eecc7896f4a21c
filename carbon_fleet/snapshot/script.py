"""The one script a probe is: assembled from the sections under `files/probe/`, for one Mac's questions."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from carbon_fleet import assets

GUEST_SECONDS = 60
"""The deadline of the whole hop into the virtual machine; each command inside has its own, shorter one."""
HEREDOC = "CARBON_FLEET_GUEST_END"
MACHINE, HERE = "hop", "here"
"""The ways to where containers run (`files/probe/NAME.sh`): into the Mac's machine, or root on the host itself."""


@dataclass(frozen=True)
class Question:
    """A section to run: its name (`files/probe/NAME.sh`), whether inside the VM, and the shell variables it reads."""

    name: str
    guest: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def probe_script(questions: Sequence[Question], *, timing: bool = False, hop: str = MACHINE) -> str:
    """The POSIX sh text that answers all `questions` in one run: the Mac's sections, then one `hop` for the guest's.

    It is sent on standard input of `/bin/sh -s`; being one function, it is read whole before anything in it runs, so
    that no command it starts can eat its text.
    """
    mac = _part([question for question in questions if not question.guest], timing)
    guest_questions = [question for question in questions if question.guest]
    inside = _hop(_part(guest_questions, timing), hop) if guest_questions else ""
    variables = _assign({"CF_GUEST_SECONDS": str(GUEST_SECONDS)})
    body = f"printf '%s\\n' '%carbon-probe 1'\n{variables}{mac}{inside}printf '%s\\n' '%done'\n"
    return f"cf_probe() {{\n{body}}}\ncf_probe </dev/null\n"


def _part(questions: Sequence[Question], timing: bool) -> str:
    values = {"CF_DEADLINE": deadline_program(), "CF_TIMING": "1" if timing else ""}
    for question in questions:
        values |= question.variables
    sections = "".join(_bare(assets.text(f"probe/{question.name}.sh")) for question in questions)
    calls = "".join(f"cf_section {question.name}\n" for question in questions)
    return _assign(values) + _bare(assets.text("probe/lib.sh")) + sections + calls


def _hop(guest: str, hop: str) -> str:
    inner = f"cf_guest_probe() {{\n{guest}}}\ncf_guest_probe </dev/null\n"
    return f"{_bare(assets.text(f'probe/{hop}.sh'))}cf_hop <<'{HEREDOC}'\n{inner}{HEREDOC}\n"


def _assign(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def _bare(text: str) -> str:
    """The text without its comment lines: they are for readers, not for the wire."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))


def script_text(name: str) -> str:
    """A script of `files/` as it is sent: without its comments, which are for readers."""
    return _bare(assets.text(name))


def deadline_program() -> str:
    """The perl program that runs its arguments as a process group and ends the group at the deadline.

    It also ends the group when its own parent vanishes: a broken connection must not leave work behind.
    """
    return " ".join(line.strip() for line in assets.text("deadline.pl").splitlines())


def deadline_function(name: str) -> str:
    """A shell's function `NAME SECONDS COMMAND…`, by the deadline program: 124 where they are over.

    `alarm` and then exec would not do: docker and podman are programs in Go, which heed no SIGALRM (os/signal,
    «Default behavior of signals in Go programs»).
    """
    return f'{name}() {{ perl -e {shlex.quote(deadline_program())} "$@"; }}\n'
