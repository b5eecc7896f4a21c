"""Steps of a build, heard in what podman says of it, however its bytes are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from carbon_fleet.engine.build_steps import MOST, BuildSteps
from carbon_fleet.report.part import share_of

SAID = b"""Trying to pull docker.io/library/debian:12...
[1/2] STEP 1/2: FROM debian:12 AS build
[1/2] STEP 2/2: RUN apt-get update\xff && apt-get install --yes build-essential meson ninja-build
STEP 9 is no step, nor is STEP 1/2: when a line goes on with it
[2/2] STEP 1/1: FROM scratch
STEP 3/4: COPY . /
COMMIT localhost/x
"""
TOLD = [
    ("stage 1 of 2, step 1 of 2: FROM debian:12 AS build", 0.0),
    ("stage 1 of 2, step 2 of 2: RUN apt-get update\ufffd && apt-get install --yes build-essential…", 0.25),
    ("stage 2 of 2, step 1 of 1: FROM scratch", 0.5),
    ("step 3 of 4: COPY . /", 0.5),
]


def heard(*chunks: bytes) -> list[tuple[str, float | None]]:
    told: list[str] = []
    steps = BuildSteps(told.append)
    for chunk in chunks:
        steps(chunk)
    return [(str(text), share_of(text)) for text in told]


def test_each_step_is_told_with_how_far_it_is() -> None:
    assert heard(SAID) == TOLD


@given(some.lists(some.integers(0, len(SAID)), max_size=20))
def test_bytes_may_be_cut_anywhere(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(SAID)]
    assert heard(*(SAID[a:b] for a, b in pairwise(edges))) == TOLD


@given(some.lists(some.binary(max_size=200)))
def test_whatever_a_command_says_is_heard_without_trouble(chunks: list[bytes]) -> None:
    heard(*chunks)


def test_a_line_that_never_ends_takes_no_memory() -> None:
    steps = BuildSteps(lambda text: None)
    for _ in range(100):
        steps(b"#" * MOST)
    assert len(steps._line) <= MOST


def test_numbers_no_build_has_are_no_trouble() -> None:
    assert heard(b"STEP 9/0: x\n[3/0] STEP 7/2: y\n") == [
        ("step 9 of 1: x", 1.0),
        ("stage 3 of 0, step 7 of 2: y", 1.0),
    ]
