import pytest

from carbon_fleet.bench.thermal import NVIDIA_SMI, PMSET

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
    assert PMSET.told(status, lines)["throttled"] is throttled


@pytest.mark.parametrize(
    ("status", "lines", "throttled"),
    [
        (0, ["Not Active, Not Active"], False),
        (0, ["Not Active, Not Active", "Not Active, Active"], True),
        (0, ["[N/A], [N/A]"], None),
        (0, ["Not Active, [N/A]"], None),
        (0, [], None),
        (2, ['Field "clocks_throttle_reasons.hw_thermal_slowdown" is not a valid field to query.'], None),
    ],
)
def test_heat_of_nvidias_gpus(status: int, lines: list[str], throttled: bool | None) -> None:
    assert NVIDIA_SMI.told(status, lines)["throttled"] is throttled


def test_what_was_said_is_kept_short() -> None:
    said = PMSET.told(0, ["x" * 500] * 20)["said"]
    assert len(said) == 8
    assert {len(line) for line in said} == {120}
