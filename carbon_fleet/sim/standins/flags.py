"""Command-line flags in cobra's manner: --name value, --name=value, -x value, -xvalue, booleans with --name[=false]."""

from __future__ import annotations

import sys

from .disk import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")
HELP = "{about}\n\nUsage:\n  {command} [command]\n"


def at_most(count: int, names: list[str]) -> list[str]:
    """`names`, unless there are more than `count`: cobra's MaximumNArgs."""
    if len(names) > count:
        fail(f"Error: accepts at most {count} arg(s), received {len(names)}", 125)
    return names


def exactly(count: int, names: list[str]) -> list[str]:
    """`names`, unless there are not `count`: cobra's ExactArgs."""
    if len(names) != count:
        fail(f"Error: accepts {count} arg(s), received {len(names)}", 125)
    return names


def none(command: str, names: list[str]) -> None:
    """End the program when a verb that takes no arguments was given some."""
    if names:
        fail(f"Error: `{command}` takes no arguments", 125)


def incomplete(command: str, about: str) -> NoReturn:
    """A command without its verb: the help on standard output, the reason on standard error."""
    sys.stdout.write(HELP.format(about=about, command=command))
    fail(f"Error: missing command '{command} COMMAND'", 125)


class Flags:
    """`spec` maps a flag's name to its kind: bool, str, int, list, or object for a text that may be left out; `short`
    maps letters to names.
    """

    def __init__(self, command: str, spec: dict[str, type], short: dict[str, str] | None = None) -> None:
        self.command = command
        self.spec = spec
        self.short = short or {}
        self.given: dict[str, Any] = {}

    def parse(self, argv: list[str], *, interspersed: bool = True) -> list[str]:
        """Fill `given` and return the positional arguments. An unknown flag ends the program with status 125."""
        rest: list[str] = []
        pending = list(argv)
        while pending:
            arg = pending.pop(0)
            if arg == "--":
                return rest + pending
            if not arg.startswith("-") or arg == "-":
                rest.append(arg)
                if not interspersed:
                    return rest + pending
            elif arg.startswith("--"):
                name, equals, value = arg[2:].partition("=")
                self._take(name, value if equals else None, pending, f"--{name}")
            else:
                self._take_short(arg, pending)
        return rest

    def _take_short(self, arg: str, pending: list[str]) -> None:
        for index, letter in enumerate(arg[1:], 1):
            name = self.short.get(letter)
            if name is None:
                fail(f"Error: unknown shorthand flag: {letter!r} in {arg}\nSee '{self.command} --help'", 125)
            if self.spec[name] is bool:
                self.given[name] = True
                continue
            self._take(name, arg[index + 1 :].lstrip("=") or None, pending, f"-{letter}")
            return

    def _take(self, name: str, value: str | None, pending: list[str], shown: str) -> None:
        kind = self.spec.get(name)
        if kind is None:
            fail(f"Error: unknown flag: --{name}\nSee '{self.command} --help'", 125)
        if kind is bool:
            self.given[name] = self._boolean(name, "true" if value is None else value)
            return
        if kind is object:
            self.given[name] = "" if value is None else value
            return
        if value is None:
            if not pending:
                fail(f"Error: flag needs an argument: {shown}\nSee '{self.command} --help'", 125)
            value = pending.pop(0)
        if kind is list:
            self.given.setdefault(name, []).append(value)
        elif kind is int:
            if not value.isdigit():
                self._invalid(name, value, "ParseUint")
            self.given[name] = int(value)
        else:
            self.given[name] = value

    def _boolean(self, name: str, value: str) -> bool:
        if value not in _TRUE + _FALSE:
            self._invalid(name, value, "ParseBool")
        return value in _TRUE

    def _invalid(self, name: str, value: str, parser: str) -> NoReturn:
        letter = next((f"-{letter}, " for letter, long in self.short.items() if long == name), "")
        why = f'strconv.{parser}: parsing "{value}": invalid syntax'
        what = f'invalid argument "{value}" for "{letter}--{name}" flag'
        fail(f"Error: {what}: {why}\nSee '{self.command} --help'", 125)

    def get(self, name: str, default: Any = None) -> Any:
        """The given value, else `default`."""
        return self.given.get(name, default)
