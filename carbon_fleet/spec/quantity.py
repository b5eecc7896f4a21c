"""Sizes and durations, always written with their unit."""

import re
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from carbon_fleet.spec.base import mistake

_WRITTEN = re.compile(r"(0|[1-9][0-9]{0,17})([A-Za-z]+)")
_BARE = re.compile(r"[0-9]{1,18}")


class _Quantity(int):
    """A whole number of the smallest unit, written as number and unit."""

    units: ClassVar[dict[str, int]]
    kind: ClassVar[str]
    example: ClassVar[str]
    preferred: ClassVar[str]
    hints: ClassVar[dict[str, str]] = {}

    def __new__(cls, value: int | str = 0) -> Self:
        """A number of the smallest unit, or a text such as the lab file holds."""
        return cls.parse(value) if isinstance(value, str) else super().__new__(cls, value)

    @classmethod
    def parse(cls, value: object) -> Self:
        """The quantity written as `value`; a pydantic error that says what to write when it cannot be read."""
        if isinstance(value, cls):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            raise cls._bare(str(value))
        if not isinstance(value, str):
            raise mistake(f"this is not a {cls.kind}", write=f"write a number and its unit: `{cls.example}`")
        if _BARE.fullmatch(value):
            raise cls._bare(value)
        written = _WRITTEN.fullmatch(value)
        if written and written[2] in cls.units:
            return cls(int(written[1]) * cls.units[written[2]])
        raise cls._unreadable(value, written[2] if written else None)

    @classmethod
    def _bare(cls, number: str) -> Exception:
        likely = number if len(number) <= 6 else "8"
        return mistake(
            f"`{{text}}` has no unit: say which unit a {cls.kind} is in", write=f"write `{likely}{cls.preferred}`"
        )

    @classmethod
    def _unreadable(cls, value: str, unit: str | None) -> Exception:
        if unit in cls.hints:
            written = value.replace(unit, cls.hints[unit])
            return mistake(f"`{unit}` is not a unit of a {cls.kind} here", write=f"write `{written}`")
        units = ", ".join(cls.units)
        return mistake(
            f"`{{text}}` is not a {cls.kind}",
            why=f"a {cls.kind} is a whole number and one of {units}, without a space",
            write=f"write it as `{cls.example}`",
        )

    def __str__(self) -> str:
        """The canonical form: the largest unit that leaves a whole number."""
        unit, size = max(
            ((unit, size) for unit, size in self.units.items() if int(self) % size == 0 and int(self) >= size),
            key=lambda each: each[1],
            default=next(iter(self.units.items())),
        )
        return f"{int(self) // size}{unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        units = "|".join(cls.units)
        return {"type": "string", "pattern": f"^(0|[1-9][0-9]*)({units})$", "examples": [cls.example]}


class Size(_Quantity):
    """A number of bytes, written `8GiB`, `8192MiB` or `1TiB`: `Size("8GiB").mib == 8192`."""

    units: ClassVar[dict[str, int]] = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
    kind: ClassVar[str] = "size"
    example: ClassVar[str] = "8GiB"
    preferred: ClassVar[str] = "GiB"
    hints: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("K", "k", "KB", "kB", "kb", "Ki", "kib"), "KiB"),
        **dict.fromkeys(("M", "m", "MB", "mb", "Mb", "Mi", "mib"), "MiB"),
        **dict.fromkeys(("G", "g", "GB", "gb", "Gb", "Gi", "gib"), "GiB"),
        **dict.fromkeys(("T", "t", "TB", "tb", "Tb", "Ti", "tib"), "TiB"),
    }

    @property
    def bytes(self) -> int:
        """This size in bytes."""
        return int(self)

    @property
    def mib(self) -> int:
        """This size in whole mebibytes, rounded down."""
        return int(self) // 2**20

    @property
    def gib(self) -> int:
        """This size in whole gibibytes, rounded down."""
        return int(self) // 2**30


class Duration(_Quantity):
    """A number of seconds, written `30s`, `5m`, `2h` or `1d`: `Duration("5m").seconds == 300`."""

    units: ClassVar[dict[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    kind: ClassVar[str] = "duration"
    example: ClassVar[str] = "30s"
    preferred: ClassVar[str] = "s"
    hints: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("sec", "secs", "second", "seconds", "S"), "s"),
        **dict.fromkeys(("min", "mins", "minute", "minutes", "M"), "m"),
        **dict.fromkeys(("hour", "hours", "hr", "H"), "h"),
        **dict.fromkeys(("day", "days", "D"), "d"),
    }

    @property
    def seconds(self) -> int:
        """This duration in seconds."""
        return int(self)
