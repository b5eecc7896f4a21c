import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.spec.scalar import AmbiguousError, resolve


@pytest.mark.parametrize(
    "word",
    ["no", "on", "yes", "off", "y", "N", "NO", "22:22", "1_000", "0x1F", "0o17", "2026-01-01", "1.2.3", "-", "+", ".",
     "e3", "=", "<<", "1e", "10.0.0.1", "٣"],
)  # fmt: skip
def test_words_that_yaml_1_1_makes_something_else_of_are_text(word: str) -> None:
    assert resolve(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [("", None), ("~", None), ("null", None), ("true", True), ("FALSE", False), ("0", 0), ("-12", -12), ("+3", 3),
     ("1.20", 1.2), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-2", -0.015)],
)  # fmt: skip
def test_the_core_values(word: str, value: object) -> None:
    found = resolve(word)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("word", "write"),
    [("0644", '"0644"'), ("00", '"00"'), ("-07", "`7`"), ("08", "`8`"), (".inf", "text"), ("-.INF", "text"),
     (".NaN", "text"), ("1e999", "text"), ("9" * 19, "quotes"), ("9" * 10000, "quotes")],
)  # fmt: skip
def test_words_whose_number_is_uncertain_are_refused(word: str, write: str) -> None:
    with pytest.raises(AmbiguousError) as raised:
        resolve(word)
    assert write in raised.value.write


@given(st.text(alphabet="+-.0123456789eExo_:nif", max_size=30))
def test_numbers_are_finite_or_refused(word: str) -> None:
    try:
        value = resolve(word)
    except AmbiguousError:
        return
    assert value is None or value == word or (isinstance(value, int | float) and math.isfinite(value))
