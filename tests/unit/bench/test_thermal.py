import pytest

from carbon_fleet.bench.thermal import thermal

CALM = [f"Note: No {what} has been recorded" for what in ("thermal warning level", "performance warning level")]
LIMITS = ["2026-11-21 04:00:00 +0000 CPU Power notify", "\tCPU_Scheduler_Limit \t= 100", "\tCPU_Available_CPUs \t= 10"]


@pytest.mark.parametrize(
    ("status", "lines", "throttled"),
    [
        (0, CALM, False),
        (0, [*LIMITS, "\tCPU_Speed_Limit \t= 100"], False),
        (0, [*LIMITS, "\tCPU_Speed_Limit \t= 68"], True),
        (0, ["\tCPU_Scheduler_Limit = 50"], True),
        (0, ["Thermal Warning Level = 2"], True),
        (0, ["Thermal Warning Level: 0"], False),
        (0, [], None),
        (0, ["something new"], None),
        (64, CALM, None),
        (127, [], None),
    ],
)
def test_heat(status: int, lines: list[str], throttled: bool | None) -> None:
    assert thermal(status, lines)["throttled"] is throttled


def test_what_was_said_is_kept_short() -> None:
    said = thermal(0, ["x" * 500] * 20)["said"]
    assert len(said) == 8
    assert {len(line) for line in said} == {120}
