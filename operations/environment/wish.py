"""What a lab file may say of Python environments on a Mac itself: which Python, which lock, what proves it."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_plain_validator_function, plain_serializer_function_ser_schema

from carbon_fleet.spec import Name, RootWish, Size, Text, Wish, mistake
from carbon_fleet.spec.words import printable

Proof = Literal["mps", "mlx", "tensorflow", "numpy", "none"]
"""What computes to prove an environment; `numpy` has no GPU, and is for labs that accept software."""
METAL: tuple[Proof, ...] = ("mps", "mlx", "tensorflow")
"""Those that compute on the Mac's GPU."""
_URL = re.compile(r"https?://[!-~]+")
_PYTHON = re.compile(r"3\.[0-9]{1,2}(\.[0-9]{1,2})?")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
ROOM = Size.parse("4GiB")
"""What has to be free before an environment is made: PyTorch's or TensorFlow's wheels, unpacked, and uv's cache."""


def _quoted(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        why = "to YAML it is a number, and 3.10 is 3.1"
        raise mistake("`{text}` is no version of Python", why, 'write it in quotes: `python: "3.12"`')
    return value


def _python(value: str) -> str:
    if not _PYTHON.fullmatch(value):
        raise mistake("`{text}` is no version of Python", "it is 3.MINOR or 3.MINOR.PATCH", 'write `"3.12"`')
    return value


def _url(value: str) -> str:
    if not _URL.fullmatch(value):
        raise mistake("`{text}` is no address", "it is an http(s) URL", "write such as `https://pypi.example/simple`")
    if "@" in value.removeprefix("https://").removeprefix("http://").partition("/")[0]:
        why = "a login does not stand in a lab file"
        raise mistake("this address holds a login", why, "write `user:`, and the secret's name as `password:`")
    return value


def _module(value: str) -> str:
    if not _MODULE.fullmatch(value):
        raise mistake("`{text}` is no module", "it is what `import` is followed by", "write such as `torch`")
    return value


Python = Annotated[Text, AfterValidator(_python), BeforeValidator(_quoted)]
"""A version of CPython: `3.12`, of which any patch will do, or `3.12.16`."""
Url = Annotated[Text, AfterValidator(_url)]
"""An http(s) address without a login."""
Module = Annotated[Text, AfterValidator(_module)]
"""The name of a Python module."""


@dataclass(frozen=True)
class Lock:
    """A lock file: its path as it is written, and of the file itself its sha256 (hex; empty: not there) and text.

    Of a wish only path and sha256 are told: a text has a hundred kilobytes.
    """

    path: str
    sha256: str = ""
    content: str = field(default="", repr=False)
    ready: bool = False
    """Whether it is one of the project's own."""

    @classmethod
    def parse(cls, value: object) -> "Lock":
        """The lock whose path is written."""
        if not isinstance(value, str):
            raise mistake(
                "this is no path", "a lock is a file beside the lab file", "write such as `lock: envs/ml.txt`"
            )
        return cls(printable(value))

    def told(self) -> dict[str, str]:
        """What a wish says of it."""
        return {"path": self.path, "sha256": self.sha256}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(cls.parse, serialization=plain_serializer_function_ser_schema(cls.told))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "minLength": 1, "examples": ["envs/ml.txt"]}


class Index(Wish):
    """Where packages come from instead of where the Mac's own uv takes them from (PyPI, unless it is told else)."""

    url: Url
    """An index of packages (PEP 503): `https://pypi.example/simple`."""
    user: Annotated[Text, Field(pattern=r"^[^\s:]+$")] | None = None
    """Who logs in there; left out, nobody does."""
    password: Name | None = None
    """The secret with that user's password."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """A login has two halves."""
        if (self.user is None) != (self.password is None):
            there, lacking = ("password", "user") if self.user is None else ("user", "password")
            raise mistake(f"`{there}` without `{lacking}`", "a login is both", f"write `{lacking}:`, too")
        return self


class Environment(Wish):
    """One environment. One that has the name of a ready-made one is that, but for what is said here."""

    python: Python | None = None
    """Its Python, which uv brings: `"3.12"`, or with the patch `"3.12.16"`."""
    lock: Lock | None = None
    """Pinned requirements with hashes, a file beside the lab file: what `uv pip compile --generate-hashes` writes."""
    prove: Proof | None = None
    """What `prove` lets compute in it: `mps` (PyTorch), `mlx`, `tensorflow`; `none`: nothing."""
    imports: tuple[Module, ...] | None = None
    """Modules that `verify` imports."""
    index: Index | None = None
    """Where its packages come from."""
    python_mirror: Url | None = None
    """Where uv takes Python's builds from instead of GitHub."""
    room: Size = ROOM
    """What has to be free on the Mac before it is made."""


class Environments(RootWish[dict[Name, Environment | None]]):
    """Environments of a Mac by name; `null` leaves out one that is inherited."""

    root: dict[Name, Environment | None] = Field(default_factory=dict)

    @property
    def wished(self) -> dict[str, Environment]:
        """Those that are not left out."""
        return {name: one for name, one in self.root.items() if one is not None}

    def passwords(self) -> dict[str, tuple[str, ...]]:
        """The secrets their indexes ask for, each with the environments that do."""
        found: dict[str, tuple[str, ...]] = {}
        for name, one in self.wished.items():
            if one.index and one.index.password:
                found[one.index.password] = (*found.get(one.index.password, ()), f"environment {name}")
        return found
