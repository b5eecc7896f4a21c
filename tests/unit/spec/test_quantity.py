import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from carbon_fleet.spec import Duration, Size, Wish


class Both(Wish):
    size: Size = Size("8GiB")
    time: Duration = Duration("30s")


def message(**values: object) -> str:
    with pytest.raises(ValidationError) as raised:
        Both.model_validate_json(json.dumps(values))
    (error,) = raised.value.errors()
    return error["msg"]


def test_a_size_knows_its_units() -> None:
    size = Size("8192MiB")
    assert (size.bytes, size.mib, size.gib, str(size), f"{size}") == (2**33, 8192, 8, "8GiB", "8GiB")
    assert repr(size) == "Size('8GiB')"
    assert Size("1TiB") == 1024 * Size("1GiB")


def test_a_duration_knows_its_seconds() -> None:
    assert [Duration(text).seconds for text in ("30s", "5m", "2h", "1d")] == [30, 300, 7200, 86400]
    assert str(Duration("90s")) == "90s"
    assert str(Duration("120m")) == "2h"


@given(st.integers(0, 10**17))
def test_the_canonical_form_reads_back(number: int) -> None:
    assert Size(str(Size(number))) == number
    assert Duration(str(Duration(number % 10**14))) == number % 10**14


def test_zero_is_written_in_the_smallest_unit() -> None:
    assert str(Size(0)) == "0B"
    assert str(Duration()) == "0s"


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (8, "say which unit"),
        ("8", "write `8GiB`"),
        (8192000000000, "write `8GiB`"),
        ("8GB", "write `8GiB`"),
        ("512m", "write `512MiB`"),
        ("8 GiB", "without a space"),
        ("1.5GiB", "a whole number"),
        ("-8GiB", "is not a size"),
        ("08GiB", "is not a size"),
        ("8QiB", "one of B, KiB"),
        ("", "is not a size"),
        (True, "write a number and its unit"),
        ([1], "write a number and its unit"),
        (1.5, "write a number and its unit"),
        ("9" * 5000 + "GiB", "is not a size"),
    ],
)
def test_what_is_no_size_is_told_what_to_write(value: object, part: str) -> None:
    assert part in message(size=value)


@pytest.mark.parametrize(
    ("value", "part"), [(30, "write `30s`"), ("5min", "write `5m`"), ("1h30m", "is not a duration")]
)
def test_what_is_no_duration_is_told_what_to_write(value: object, part: str) -> None:
    assert part in message(time=value)


def test_json_carries_the_canonical_form_and_the_schema_its_pattern() -> None:
    assert Both(size=Size("1024MiB")).model_dump_json() == '{"size":"1GiB","time":"30s"}'
    schema = Both.model_json_schema()["properties"]["size"]
    assert schema["type"] == "string"
    assert schema["default"] == "8GiB"
    assert "GiB" in schema["pattern"]
