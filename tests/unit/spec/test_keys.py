from typing import Annotated, Any, Union

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType

from carbon_fleet.spec import RootWish, Wish
from carbon_fleet.spec.explain import explain
from carbon_fleet.spec.keys import known_keys, nearest
from carbon_fleet.spec.nulls import without_nulls
from carbon_fleet.spec.tree import Entry, Scalar, Table


class Inner(Wish):
    a: int = 0


class Outer(Wish):
    inner: Annotated[Inner, "why"] | None = None
    many: tuple[Inner, ...] = ()
    named: dict[str, Union[Inner, str]] = Field(default={})  # noqa: UP007
    free: Any = None


Alias = TypeAliasType("Alias", Outer | int)


class Root(RootWish[Alias]):
    """A root model of an alias."""


@pytest.mark.parametrize(
    ("path", "keys"),
    [((), ["free", "inner", "many", "named"]), (("inner",), ["a"]), (("many", 0), ["a"]), (("named", "x"), ["a"]),
     (("many", 0, "a"), []), (("nope",), ["free", "inner", "many", "named"]), (("free", "x"), [])],
)  # fmt: skip
def test_known_keys_look_through_types(path: tuple[str | int, ...], keys: list[str]) -> None:
    assert known_keys(Root, path) == keys


@pytest.mark.parametrize(
    ("word", "phrase"),
    [("mac-1", "did you mean `mac-01`?"), ("MAC_01", "did you mean `mac-01`?"), ("zzz", "known are: `a`, `mac-01`")],
)
def test_nearest(word: str, phrase: str) -> None:
    assert nearest(word, ["mac-01", "a"]) == phrase


def test_nulls_go_where_they_only_remove() -> None:
    null = Scalar(1, 1, None, "null")
    for key, kept in (("inner", True), ("many", False), ("free", True), ("nope", True)):
        assert without_nulls(Table(1, 1, {key: Entry(1, 1, null)}), Root) == ({key: None} if kept else {})
    assert without_nulls(null, Root) is None


def test_errors_without_words_of_their_own_keep_pydantics() -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Annotated[bytes, "x"]).validate_python(3, strict=True)
    (error,) = raised.value.errors()
    assert explain(error, Scalar(1, 1, 3, "3")).what == "it should be a valid bytes"
