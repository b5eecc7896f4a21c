import pytest

from carbon_fleet.bench.choose import choose
from carbon_fleet.bench.figures import Figure, PathFigures, ratios
from carbon_fleet.bench.parse import parse
from carbon_fleet.bench.paths import Path
from carbon_fleet.bench.plan import rounds
from tests.unit.bench.answers import METAL, text


def figures(prompt: float, generation: float) -> PathFigures:
    return PathFigures.of([parse(text(prompt, generation))])


def test_rounds_take_turns() -> None:
    found = list(rounds((Path.METAL, Path.CPU, Path.VENUS), 2))
    assert found == [(number, path) for number in (1, 2) for path in (Path.CPU, Path.VENUS, Path.METAL)]


def test_the_median_with_its_spread() -> None:
    assert Figure.of([30.0, 10.0, 11.0]) == Figure(11.0, 10.0, 30.0)
    assert Figure.of([10.0, 20.0]) == Figure(15.0, 10.0, 20.0)


def test_figures_say_what_they_were_taken_on() -> None:
    found = PathFigures.of([parse(text(100, 20, **METAL)), parse(text(140, 22, **METAL))])
    assert (found.runs, found.device, found.backends) == (2, "Apple M4", "MTL,BLAS")
    assert (found.prompt.median, found.generation.high) == (120.0, 22.0)


def test_ratios_need_both_sides() -> None:
    venus, metal, cpu = figures(160, 33), figures(200, 44), figures(40, 10)
    assert ratios({Path.VENUS: venus}) == {}
    found = ratios({Path.CPU: cpu, Path.VENUS: venus, Path.METAL: metal})
    assert found["venus_over_cpu"] == {"prompt": 4.0, "generation": 3.3}
    assert found["venus_of_metal"] == {"prompt": 0.8, "generation": 0.75}


VENUS_20, REMOTING_24, REMOTING_20 = figures(1, 20), figures(1, 24), figures(1, 20.5)
BOTH = {Path.VENUS: True, Path.REMOTING: True}


@pytest.mark.parametrize(
    ("measured", "proof_ok", "chosen"),
    [
        ({}, {}, Path.VENUS),
        ({Path.VENUS: VENUS_20}, {Path.VENUS: True}, Path.VENUS),
        ({Path.VENUS: VENUS_20, Path.REMOTING: REMOTING_24}, BOTH, Path.REMOTING),
        ({Path.VENUS: VENUS_20, Path.REMOTING: REMOTING_20}, BOTH, Path.VENUS),
        ({Path.VENUS: VENUS_20, Path.REMOTING: REMOTING_24}, {Path.VENUS: True}, Path.VENUS),
        ({Path.VENUS: VENUS_20, Path.REMOTING: REMOTING_24}, {**BOTH, Path.REMOTING: False}, Path.VENUS),
        ({Path.VENUS: VENUS_20, Path.REMOTING: REMOTING_20}, {Path.REMOTING: True}, Path.REMOTING),
        ({Path.REMOTING: REMOTING_24}, {Path.REMOTING: True}, Path.REMOTING),
        ({Path.REMOTING: REMOTING_24}, {}, Path.VENUS),
    ],
)
def test_the_choice_needs_a_measurement_and_a_proof(
    measured: dict[Path, PathFigures], proof_ok: dict[Path, bool], chosen: Path
) -> None:
    assert choose(measured, proof_ok) is chosen
