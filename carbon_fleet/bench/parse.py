"""The answer of `llama-bench -o json`: an array with an object a test, prompt and generation apart.

Keys are those of llama.cpp build 11669; builds since 2023 have the ones used here, but for `backends` (older ones have
a flag a backend). Keys that are not used may come and go.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_FLAGS = ("cuda", "vulkan", "kompute", "metal", "sycl", "rpc")
"""What builds before September 2024 had instead of `backends`."""
_SHOWN = 120
_MOST = 1e9
"""Tokens per second: more than any machine gives, and less than what is no number."""


class NotAFigure(Exception):
    """The text is no answer a figure could be taken from; the message says why."""


@dataclass(frozen=True)
class Answer:
    """One run: `prompt` and `generation` in tokens per second, the tokens of each, and what it says it ran on.

    `backends` are the loaded ones, `gpu` the names of the devices it saw, `layers` how many layers were offloaded.
    """

    prompt: float
    generation: float
    prompt_tokens: int
    generated_tokens: int
    threads: int
    layers: int
    gpu: str
    backends: str
    build: str
    model: str
    model_bytes: int


def parse(text: str) -> Answer:
    """The answer in a whole standard output; raises `NotAFigure`."""
    tests = _tests(text)
    prompts = [test for test in tests if _whole(test, "n_prompt") and not _whole(test, "n_gen")]
    generations = [test for test in tests if _whole(test, "n_gen") and not _whole(test, "n_prompt")]
    if len(prompts) != 1 or len(generations) != 1:
        raise NotAFigure(f"{len(prompts)} prompt and {len(generations)} generation tests instead of one each")
    prompt, generation = prompts[0], generations[0]
    _alike(prompt, generation)
    return Answer(
        prompt=_rate(prompt),
        generation=_rate(generation),
        prompt_tokens=_whole(prompt, "n_prompt"),
        generated_tokens=_whole(generation, "n_gen"),
        threads=_whole(prompt, "n_threads"),
        layers=min(_whole(test, "n_gpu_layers") for test in (prompt, generation)),
        gpu=_text(prompt, "gpu_info"),
        backends=_backends(prompt),
        build=f"{_text(prompt, 'build_commit')} {_whole(prompt, 'build_number')}",
        model=_text(prompt, "model_type"),
        model_bytes=_whole(prompt, "model_size"),
    )


def _tests(text: str) -> Sequence[Mapping[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAFigure(f"not JSON ({error}): {text.strip()[:_SHOWN]!r}") from error
    if not isinstance(document, list) or not all(isinstance(test, dict) for test in document):
        raise NotAFigure("not an array of tests")
    return document


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Both tests must have run on the same thing."""
    for key in ("gpu_info", "backends", "model_size", "n_threads", "build_commit"):
        if one.get(key) != other.get(key):
            raise NotAFigure(f"the two tests differ in {key}")


def _rate(test: Mapping[str, Any]) -> float:
    value = test.get("avg_ts")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < _MOST:
        raise NotAFigure(f"avg_ts is {str(value)[:_SHOWN]!r}, no rate")
    return float(value)


def _whole(test: Mapping[str, Any], key: str) -> int:
    value = test.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotAFigure(f"{key} is {value!r}, no whole number")
    return value


def _text(test: Mapping[str, Any], key: str) -> str:
    value = test.get(key)
    if not isinstance(value, str):
        raise NotAFigure(f"{key} is {value!r}, no text")
    return value[:_SHOWN]


def _backends(test: Mapping[str, Any]) -> str:
    if "backends" in test:
        return _text(test, "backends")
    return ",".join(name for name in _FLAGS if test.get(name) is True) or "CPU"
