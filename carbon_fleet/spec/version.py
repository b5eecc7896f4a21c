"""Version bounds as a lab file writes them, and whether an installed version is within."""

import re
from typing import Any, Self

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from carbon_fleet.spec.base import mistake

# Homebrew rebuilds a version as 1.3.2_1; the suffix says nothing about the software.
_REVISION = re.compile(r"_[0-9]+$")
_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)*")
ANY = "*"


def _version(text: str) -> Version | None:
    plain = _REVISION.sub("", text.strip())
    try:
        return Version(plain)
    except InvalidVersion:
        numbers = _NUMBERS.match(plain)
        return Version(numbers[0]) if numbers else None


class VersionBound(str):
    """Which versions will do: `>=1.3.2`, `>=5.6,<7`, `1.3.2` (just that one) or `*` (any)."""

    __slots__ = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """The bound written as `value`; a pydantic error that says what to write when it cannot be read."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise mistake(
                "`{text}` is a number to YAML, which would lose digits of a version", write='write `"{text}"`'
            )
        if not isinstance(value, str):
            raise mistake(
                "this is not a version bound", write='write one such as `">=1.3.2"`, or `"*"` for any version'
            )
        bound = cls(value.strip())
        try:
            bound._specifiers()
        except InvalidSpecifier:
            raise mistake(
                "`{text}` is not a version bound",
                why="a bound is one or more of `>=`, `>`, `<=`, `<`, `!=`, `==`, `~=` with a version, parted by commas",
                write='write one such as `">=1.3.2"` or `">=5.6,<7"`, or `"*"` for any version',
            ) from None
        return bound

    def _specifiers(self) -> SpecifierSet:
        if self == ANY:
            return SpecifierSet("")
        if not self:
            raise InvalidSpecifier("empty")
        exact = self[0].isdigit() and "," not in self
        return SpecifierSet(f"=={self}" if exact else str(self))

    def allows(self, version: str) -> bool:
        """Whether `version`, as Homebrew or a program prints it, is within; one without numbers only within `*`."""
        if self == ANY:
            return True
        known = _version(version)
        return known is not None and self._specifiers().contains(known, prereleases=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(str, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "examples": [">=1.3.2", ">=5.6,<7", "1.3.2", ANY]}
