"""What is wrong with a lab file, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class LabFault:
    """One mistake in a lab file; line and column count from 1, and are 0 when the file itself is the trouble.

    `path` is the key path within its layer's Mac (`machine.memory`) or within the file (`groups.canary`).
    """

    file: str
    line: int
    column: int
    path: str
    what: str
    why: str = ""
    write: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        where = f"{place} {self.path}:" if self.path else f"{place}:"
        return f"{where} {', '.join(part for part in (self.what, self.why, self.write) if part)}"


class LabError(Exception):
    """A lab file that is not valid: all its faults, in the order of the file."""

    def __init__(self, errors: tuple[LabFault, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(map(str, errors)))

    def __reduce__(self) -> tuple[type["LabError"], tuple[tuple[LabFault, ...]]]:
        return type(self), (self.errors,)
