"""The rounds' own decisions, on answers that no simulated Mac gives; the rest runs for real in tests/sim."""

from collections.abc import Iterator

import pytest

from carbon_fleet.bench.paths import Path, Settings
from carbon_fleet.bench.run import Bench, Measured
from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.plan import Command
from tests.unit.bench.answers import VENUS, text

PATHS = (Path.CPU, Path.VENUS)
CALM = Ran(0, ("Note: No thermal warning level has been recorded",), ())


def good(**said: object) -> Ran:
    return Ran(0, tuple(text(**said).splitlines()), ())  # type: ignore[arg-type]


def measured(*venus: Ran | GaveUp, repeats: int = 2) -> Measured:
    """Rounds in which the CPU answers well and Venus as told, in turn."""
    answers: Iterator[Ran | GaveUp] = iter(venus)

    def ask(command: Command) -> Ran:
        if "pmset" in command.argv:
            return CALM
        if "none" in command.argv:
            return good()
        answer = next(answers)
        if isinstance(answer, GaveUp):
            raise answer
        return answer

    settings = Settings("a" * 64, threads=4)
    return Bench(ask, settings, "image", "m", "/opt/homebrew", lambda _: None).measure(PATHS, repeats)


def outcomes(found: Measured) -> list[str]:
    return [run.outcome for run in found.runs if run.path == "venus"]


@pytest.mark.parametrize(
    ("venus", "expected", "code"),
    [
        ([good(**VENUS), good(**VENUS)], ["ok", "ok"], None),
        ([GaveUp("no answer within 990 seconds")], ["hung"], "BENCH_HUNG"),
        ([Ran(124, (), ())], ["hung"], "BENCH_HUNG"),
        ([Ran(1, ("[",), ("error: invalid device: Vulkan0",))], ["failed"], "BENCH_FAILED"),
        ([Ran(0, ("[",), ())], ["refused"], "BENCH_NOT_THIS_PATH"),
        ([good(**VENUS), good(n_gpu_layers=99)], ["ok", "refused"], "BENCH_NOT_THIS_PATH"),
        ([Ran(134, (), ()), good(**VENUS), good(**VENUS)], ["crashed", "ok", "ok"], None),
        ([Ran(134, (), ()), Ran(139, (), ())], ["crashed", "crashed"], "BENCH_CRASHED"),
        ([Ran(137, (), ()), Ran(137, (), ())], ["crashed", "crashed"], "BENCH_CRASHED"),
    ],
)
def test_every_end_of_a_run(venus: list[Ran | GaveUp], expected: list[str], code: str | None) -> None:
    found = measured(*venus)
    assert outcomes(found) == expected
    assert [failure.code for failure in found.failures] == ([code] if code else [])
    assert len(found.answers[Path.CPU]) == 2, "the other path goes on"


def test_what_it_said_last_is_told() -> None:
    found = measured(Ran(1, ("[",), ("load_backend: …", "error: invalid device: Vulkan0")))
    assert "error: invalid device: Vulkan0" in found.failures[0].what


def test_heat_stands_around_every_round() -> None:
    found = measured(good(**VENUS), good(**VENUS))
    assert [(one["round"], one["when"]) for one in found.thermal] == [
        (1, "before"),
        (1, "after"),
        (2, "before"),
        (2, "after"),
    ]


def test_a_lost_mac_ends_the_rounds() -> None:
    def ask(command: Command) -> Ran:
        raise GaveUp("the connection broke")

    bench = Bench(ask, Settings("a" * 64, threads=4), "image", "m", "/opt/homebrew", lambda _: None)
    with pytest.raises(GaveUp):
        bench.measure(PATHS, 1)
