"""The text a probe prints, parsed: sections, their facts and blocks, and how far the probe came.

A line is one of: `%carbon-probe 1` · `%section NAME` · `key=value` · `%block NAME` · `|standard output` · `!standard
error` · `%status NAME RC` · `%end NAME RC [MS]` · `%guest open` · `%guest WORD [detail]` · `%done`. Anything else is
a broken answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from carbon_fleet.snapshot.section import Block, Section, Unreadable

HEADER = "%carbon-probe 1"
OPEN = "open"
"""What is said of the VM when the hop into it begins; another word follows when it ended."""


@dataclass
class _Draft:
    name: str
    facts: dict[str, list[str]] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    block: str | None = None

    def fact(self, line: str) -> None:
        key, equals, value = line.partition("=")
        if not equals:
            raise Unreadable(f"{self.name}: the probe said {line[:80]!r}, which is not part of its language")
        self.facts.setdefault(key, []).append(value)

    def open_block(self, name: str) -> None:
        self.block, self.out, self.err = name, [], []

    def close_block(self, status: str) -> None:
        name = self.block or ""
        self.blocks[name] = Block(name, int(status), tuple(self.out), tuple(self.err))
        self.open_block("")
        self.block = None

    def close(self, status: str, milliseconds: str | None) -> Section:
        facts = {key: tuple(values) for key, values in self.facts.items()}
        spent = int(milliseconds) if milliseconds else None
        return Section(self.name, int(status), facts, dict(self.blocks), tuple(self.err), spent)


@dataclass(frozen=True)
class Answer:
    """A whole probe answer: its sections, what became of the hop into the VM, and whether it reached its end."""

    sections: dict[str, Section]
    guest: str = "absent"
    guest_detail: str = ""
    complete: bool = False


class _Parser:
    def __init__(self) -> None:
        self.sections: dict[str, Section] = {}
        self.draft: _Draft | None = None
        self.guest, self.guest_detail, self.complete = "absent", "", False

    def control(self, line: str) -> None:
        word, _, rest = line[1:].partition(" ")
        name, _, tail = rest.partition(" ")
        if word == "section":
            self.draft = _Draft(rest)
        elif word == "guest":
            self.guest, self.guest_detail, self.draft = name, tail, None
        elif word == "done":
            self.complete = True
        elif self.draft is not None:
            self.inside(self.draft, word, rest)

    def inside(self, draft: _Draft, word: str, rest: str) -> None:
        if word == "block":
            draft.open_block(rest)
        elif word == "status":
            draft.close_block(rest.rpartition(" ")[2])
        elif word == "end":
            numbers = rest.split(" ")[1:]
            self.sections[draft.name] = draft.close(numbers[0], numbers[1] if len(numbers) > 1 else None)
            self.draft = None

    def line(self, line: str) -> None:
        if line.startswith("%"):
            self.control(line)
        elif self.draft is None:
            raise Unreadable(f"the probe's answer has {line[:80]!r} outside any section")
        elif line.startswith("|"):
            self.draft.out.append(line[1:])
        elif line.startswith("!"):
            self.draft.err.append(line[1:])
        else:
            self.draft.fact(line)


def parse(lines: Iterable[str]) -> Answer:
    """Read a probe's standard output.

    Lines before the header are a login banner and are skipped. Raises `Unreadable` when the header never comes or a
    line is not of the probe's language; a cut-off answer is returned with `complete` false and only its ended sections.
    """
    parser, started = _Parser(), False
    for raw in lines:
        line = raw.rstrip("\r\n")
        if not started:
            started = line == HEADER
        elif line:
            _read(parser, line)
    if not started:
        raise Unreadable("the probe gave no answer: its first line never came")
    return Answer(parser.sections, parser.guest, parser.guest_detail, parser.complete)


def _read(parser: _Parser, line: str) -> None:
    try:
        parser.line(line)
    except (ValueError, IndexError) as error:
        raise Unreadable(f"the probe said {line[:80]!r}, which is not part of its language") from error
