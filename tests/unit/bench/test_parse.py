import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.bench.parse import NotAFigure, parse
from tests.unit.bench.answers import VENUS, both, text


def test_both_rates_and_what_it_ran_on() -> None:
    answer = parse(text(812.5, 61.25, **VENUS))
    assert (answer.prompt, answer.generation) == (812.5, 61.25)
    assert (answer.prompt_tokens, answer.generated_tokens, answer.threads, answer.layers) == (512, 128, 4, 99)
    assert (answer.gpu, answer.backends, answer.build) == (VENUS["gpu_info"], "Vulkan", "Debian 11669")


def test_order_of_the_tests_does_not_matter() -> None:
    assert parse(json.dumps(both(7, 3)[::-1])).prompt == 7


def test_builds_before_backends_had_a_flag_each() -> None:
    old = [{key: value for key, value in test.items() if key not in ("backends", "devices")} for test in both()]
    assert parse(json.dumps(old)).backends == "CPU"
    assert parse(json.dumps([{**test, "metal": True, "cuda": False} for test in old])).backends == "metal"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"avg_ts": 0}, "avg_ts is '0', no rate"),
        ({"avg_ts": -1.0}, "no rate"),
        ({"avg_ts": float("nan")}, "no rate"),
        ({"avg_ts": float("inf")}, "no rate"),
        ({"avg_ts": "12"}, "no rate"),
        ({"avg_ts": True}, "no rate"),
        ({"avg_ts": 10**400}, "no rate"),
        ({"n_gpu_layers": "99"}, "n_gpu_layers is '99', no whole number"),
        ({"n_threads": None}, "n_threads is None"),
        ({"gpu_info": None}, "gpu_info is None, no text"),
        ({"n_prompt": 512, "n_gen": 128}, "0 prompt and 0 generation tests"),
    ],
)
def test_what_is_no_figure_says_why(change: dict[str, Any], why: str) -> None:
    with pytest.raises(NotAFigure, match=why):
        parse(json.dumps([{**test, **change} for test in both()]))


@pytest.mark.parametrize("key", ["gpu_info", "backends", "n_threads", "build_commit"])
def test_both_tests_must_be_of_one_run(key: str) -> None:
    one, other = both()
    with pytest.raises(NotAFigure, match=f"differ in {key}"):
        parse(json.dumps([one, {**other, key: "other"}]))


@pytest.mark.parametrize(
    "out", ["", "[\n", "[", "null", "{}", "[1]", '["a"]', "[]", "[[]]", "ggml_vulkan: Found 1", "[" * 100_000]
)
def test_cut_off_and_foreign_answers_are_no_figures(out: str) -> None:
    with pytest.raises(NotAFigure):
        parse(out)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids),
        max_leaves=8,
    )
)
def test_no_answer_makes_anything_else_than_an_answer_or_a_reason(document: object) -> None:
    with pytest.raises(NotAFigure):
        parse(json.dumps(document))
