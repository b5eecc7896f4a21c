"""Locks of environments: pinned requirements with hashes, read as text; what of them a Mac is to have.

The format is pip's requirements file (pip documentation, "Requirements File Format" and "Secure installs") as
`uv pip compile --generate-hashes` writes it; `uv pip sync --require-hashes` takes nothing else.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TARGET = "aarch64-apple-darwin"
MACOS = "14.0"
"""The oldest macOS that is served (`preflight.macos`): wheels for it are also for those after it."""
_HASH = re.compile(r"--hash=(\S+)")
_RIGHT = re.compile(r"sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")
_COMMENT = re.compile(r"(^|\s)#.*$")


@dataclass(frozen=True)
class Locked:
    """What a lock says: packages by their canonical name → version, and what is wrong with it, in words."""

    packages: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


def command(path: str, python: str) -> str:
    """The command that makes a lock beside its input: `envs/ml.txt` of `envs/ml.in`."""
    stem = path.rpartition(".")[0] or path
    words = f"--generate-hashes --no-build --python-platform {TARGET} --python-version {python}"
    return f"MACOSX_DEPLOYMENT_TARGET={MACOS} uv pip compile {stem}.in {words} -o {path}"


@lru_cache(maxsize=64)
def read(text: str, python: str) -> Locked:
    """The packages of a lock for a Mac with this Python; every line that cannot be trusted is in `wrong`.

    Many Macs have the same: each is read once.
    """
    packages, wrong = dict[str, str](), list[str]()
    environment = _environment(python)
    for number, line in _lines(text):
        words = _HASH.split(line, maxsplit=1)[0].strip()
        problem, requirement = _judged(line, words)
        if problem or requirement is None:
            wrong.append(f"line {number}: {problem}")
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name, version = canonicalize_name(requirement.name), _pin(requirement)
            if packages.setdefault(name, version) != version:
                wrong.append(f"line {number}: `{name}` is there twice")
    if not packages and not wrong:
        wrong.append("it names no package")
    return Locked(packages, tuple(wrong))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Whole lines, each with the number it begins at."""
    whole, began = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _COMMENT.sub("", raw).rstrip()
        began = began or number
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        whole += line
        if whole.strip():
            yield began, whole.strip()
        whole, began = "", 0
    if whole.strip():
        yield began, whole.strip()


def _judged(line: str, words: str) -> tuple[str, Requirement | None]:
    """What is wrong with a line (empty: nothing), and the requirement it is."""
    if line.startswith("-"):
        return f"`{line.split()[0]}` is an option, and a lock has none", None
    try:
        requirement = Requirement(words)
    except InvalidRequirement:
        return f"`{words[:60]}` is no requirement", None
    if requirement.url:
        return f"`{requirement.name}` comes from an address, not from an index", None
    if not _pin(requirement):
        return f"`{requirement.name}` is not pinned by `==`", None
    hashes = _HASH.findall(line)
    if not hashes:
        return f"`{requirement.name}` has no hash", None
    if bad := [one for one in hashes if not _RIGHT.fullmatch(one)]:
        return f"`{bad[0][:60]}` is no sha256 of `{requirement.name}`", None
    return "", requirement


def _pin(requirement: Requirement) -> str:
    """The one version that is asked for, as a dist-info folder has it; empty where it is not one."""
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or specifiers[0].version.endswith("*"):
        return ""
    return str(Version(specifiers[0].version))


def _environment(python: str) -> dict[str, str]:
    """The markers of an Apple Silicon Mac (PEP 508). Of a Python without a patch, the first is as good as any."""
    minor = ".".join(python.split(".")[:2])
    return {
        "implementation_name": "cpython",
        "implementation_version": python if python.count(".") == 2 else f"{minor}.0",
        "os_name": "posix",
        "platform_machine": "arm64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Darwin",
        "platform_version": "",
        "python_full_version": python if python.count(".") == 2 else f"{minor}.0",
        "python_version": minor,
        "sys_platform": "darwin",
        "extra": "",
    }
