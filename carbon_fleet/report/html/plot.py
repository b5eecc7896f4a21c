"""A strip plot as numbers: a row for each chip, a dot for each Mac, drawn by the template. All lengths are in px."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

WIDTH, LEFT, RIGHT, TOP = 960.0, 210.0, 30.0, 12.0
DOT, LANE, LABEL_LANE, PADDING = 4.5, 11.0, 15.0, 12.0
LETTER = 6.7
"""How wide a letter of a label is, at most on average."""
NAMED = 3
"""Groups of so few have all their Macs named."""
FAR = 0.75
"""A Mac below this share of its chip's median, or above its inverse, is an outlier."""


@dataclass(frozen=True)
class Point:
    """One Mac's figure; `before` is its baseline's when it has an older one, `slower` whether that is a regression."""

    name: str
    group: str
    value: float
    before: float | None = None
    slower: bool = False


@dataclass(frozen=True)
class Dot:
    """A Point in its place. `base` is the x of its baseline."""

    point: Point
    x: float
    y: float
    base: float | None
    outlier: bool


@dataclass(frozen=True)
class Label:
    """A Mac's name below its dot. `leads`: whether a line is drawn between, which must cross no other name."""

    text: str
    x: float
    y: float
    dot: Dot
    leads: bool


@dataclass(frozen=True)
class Row:
    """One chip. `below` is where its dots end; `median` the x of theirs, None where a median would say little."""

    name: str
    count: int
    top: float
    height: float
    below: float
    median: float | None
    middle: float
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Plot:
    """All of it; `ticks` are (x, text) of the axis."""

    name: str
    title: str
    unit: str
    height: float
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT

    @property
    def bottom(self) -> float:
        """Where the axis is."""
        return self.rows[-1].top + self.rows[-1].height

    @property
    def outliers(self) -> tuple[str, ...]:
        """The names of the Macs that stand out."""
        return tuple(dot.point.name for row in self.rows for dot in row.dots if dot.outlier)


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis: a loss of a quarter is as long for a small chip as for a large one."""

    ticks: tuple[float, ...]

    @classmethod
    def over(cls, values: Sequence[float]) -> "Scale":
        """The axis over positive `values`, from tick to tick; ticks are 1, 2 and 5 times powers of ten."""
        low, high = min(values, default=1.0), max(values, default=1.0)
        powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
        marks = [float(f"{factor}e{power}") for power in powers for factor in (1, 2, 5)]
        first = max(n for n, mark in enumerate(marks) if mark < low)
        last = min(n for n, mark in enumerate(marks) if mark > high)
        return cls(tuple(marks[first : last + 1]))

    def x(self, value: float) -> float:
        """Where `value` is."""
        share = math.log(value / self.ticks[0]) / math.log(self.ticks[-1] / self.ticks[0])
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def strip_plot(name: str, title: str, unit: str, points: Iterable[Point], far: float = FAR) -> Plot:
    """The plot of some Macs' figures, chips by name. Without points it has no rows. `far` is as `FAR`."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point.group, []).append(point)
    scale = Scale.over([value for group in groups.values() for point in group for value in _values(point)])
    rows: list[Row] = []
    for group in sorted(groups):
        rows.append(_row(group, groups[group], rows[-1].top + rows[-1].height if rows else TOP, scale, far))
    ticks = tuple((scale.x(value), f"{value:g}") for value in scale.ticks)
    height = (rows[-1].top + rows[-1].height if rows else TOP) + 44
    return Plot(name, title, unit, height, tuple(rows), ticks)


def _values(point: Point) -> tuple[float, ...]:
    return (point.value,) if point.before is None else (point.value, point.before)


def _row(name: str, points: Sequence[Point], top: float, scale: Scale, far: float) -> Row:
    middle_value = median(point.value for point in points)
    ordered = sorted(points, key=lambda point: (point.value, point.name))
    lanes = _lanes([scale.x(point.value) for point in ordered], [2 * DOT + 1] * len(ordered))
    deepest = max(lanes)
    middle = top + PADDING + (deepest + 1) // 2 * LANE + DOT
    dots = tuple(
        Dot(
            point,
            scale.x(point.value),
            # Lanes lie around the middle: 0, one above, one below, two above…
            round(middle + (lane + 1) // 2 * LANE * (-1 if lane % 2 else 1), 1),
            None if point.before is None else scale.x(point.before),
            _outlier(point, middle_value, len(points), far),
        )
        for point, lane in zip(ordered, lanes, strict=True)
    )
    below = middle + deepest // 2 * LANE + DOT
    labels = _labels([dot for dot in dots if dot.outlier or len(points) <= NAMED], below)
    height = max([label.y + 4 for label in labels], default=below) + PADDING - top
    return Row(
        name,
        len(points),
        round(top, 1),
        round(height, 1),
        round(below, 1),
        scale.x(middle_value) if len(points) > NAMED else None,
        middle,
        dots,
        labels,
    )


def _outlier(point: Point, middle: float, size: int, far: float) -> bool:
    return point.slower or (size > NAMED and not far * middle <= point.value <= middle / far)


def _labels(dots: Sequence[Dot], below: float) -> tuple[Label, ...]:
    widths = [LETTER * len(dot.point.name) + 8 for dot in dots]
    places = [min(max(dot.x, LEFT + w / 2), WIDTH - w / 2) for dot, w in zip(dots, widths, strict=True)]
    lanes = _lanes(places, widths)
    return tuple(
        Label(dot.point.name, round(x, 1), round(below + LABEL_LANE * (lane + 1), 1), dot, dot.outlier or not lane)
        for dot, x, lane in zip(dots, places, lanes, strict=True)
    )


def _lanes(places: Sequence[float], widths: Sequence[float]) -> list[int]:
    """For things centred at sorted `places`, the first lane of each in which it touches none before it."""
    ends: list[float] = []
    lanes: list[int] = []
    for x, width in zip(places, widths, strict=True):
        lane = next((n for n, end in enumerate(ends) if end <= x - width / 2), len(ends))
        ends[lane : lane + 1] = [x + width / 2]
        lanes.append(lane)
    return lanes
