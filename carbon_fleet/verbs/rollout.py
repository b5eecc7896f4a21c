"""A run over many Macs, in waves: canaries first, no further once too many failed, none begun once told to stop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from carbon_fleet.engine.interrupt import Stop
from carbon_fleet.engine.waves import Share, Wave, one_of_each, waves
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report
from carbon_fleet.spec import Duration, Lab, Mac
from carbon_fleet.verbs.choice import macs_of, usage

BY_CLASS = "by-class"
BAD = frozenset({Outcome.FAILED, Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.VERIFY_FAILED})
SHOWN = 5
Fleet = Callable[[Sequence[Mac]], list[MacReport]]


@dataclass(frozen=True)
class Course:
    """How a run goes over the Macs: how many at a time, which first, when not on, how long (seconds) each may take."""

    serial: Share | None = None
    canary: str | None = None
    max_failures: Share | None = None
    seconds: float | None = None

    @property
    def options(self) -> dict[str, str]:
        """As it was asked for, by option, so that `course_of` reads it again."""
        asked = {"serial": self.serial, "canary": self.canary, "max_failures": self.max_failures}
        timeout = {} if self.seconds is None else {"timeout": f"{self.seconds:.0f}s"}
        return {name: str(value) for name, value in asked.items() if value is not None} | timeout


STRAIGHT = Course()
"""All at once, whatever becomes of them."""


def course_of(
    serial: str | None = None, canary: str | None = None, max_failures: str | None = None, timeout: str | None = None
) -> Course:
    """The course that the options ask for; what is none ends the verb with 64."""
    if serial is not None and _share("--serial", serial).number == 0:
        raise usage(f"--serial {serial}: no Mac would ever have its turn; write 1 or more")
    return Course(
        _share("--serial", serial) if serial is not None else None,
        canary,
        _share("--max-failures", max_failures) if max_failures is not None else None,
        seconds_of("--timeout", timeout),
    )


def _share(option: str, text: str) -> Share:
    try:
        return Share.read(text)
    except ValueError as error:
        raise usage(f"{option} {text}: {error}") from None


def seconds_of(option: str, text: str | None) -> float | None:
    """The seconds of a duration on the command line; what is none ends the verb with 64."""
    if text is None:
        return None
    try:
        seconds = Duration(text).seconds
    except ValueError:
        seconds = 0
    if not seconds:
        raise usage(f"{option} {text}: this is no time to work in: write a number and its unit, such as `30m`")
    return seconds


class Rollout:
    """One run on its course. `hold` says whether a further Mac may not begin; `heard` hears how each ended."""

    def __init__(self, lab: Lab, macs: Sequence[Mac], course: Course, stop: Stop, run: str) -> None:
        """Nothing has begun. Ends the verb with 64 when `--canary` names none of the Macs."""
        self._lab, self._macs, self._course, self._stop, self._run = lab, macs, course, stop, run
        self._bad: dict[str, Outcome] = {}
        self._canaries: dict[str, Outcome] = {}
        self._allowed = course.max_failures.down(len(macs)) if course.max_failures is not None else len(macs)
        self._named = _canaries(lab, macs, course.canary)

    def heard(self, report: MacReport) -> None:
        """How one Mac ended."""
        if report.outcome in BAD:
            self._bad[report.mac] = report.outcome

    def hold(self) -> bool:
        """Whether no further Mac may begin."""
        return self._stop.asked or bool(self._canaries) or len(self._bad) > self._allowed

    def go(
        self, fleet: Fleet, verify: Callable[[list[MacReport]], None], kinds: Callable[[], Mapping[str, str]]
    ) -> None:
        """Let `fleet` do each wave. `verify` amends the canaries' reports; `kinds` tells what each Mac is."""
        planned = self._waves(kinds)
        canaries = [report for wave in planned if wave.canary for report in fleet(self._of(wave))]
        if canaries:
            if not self.hold() and not self._judged(canaries):
                verify(canaries)
                for report in canaries:
                    self.heard(report)
            self._canaries = self._judged(canaries)
        for wave in planned:
            if not wave.canary:
                fleet(self._of(wave))

    def _waves(self, kinds: Callable[[], Mapping[str, str]]) -> list[Wave]:
        names = one_of_each(kinds()) if self._course.canary == BY_CLASS else self._named
        waits = {mac.name: mac.builder.name for mac in self._macs if mac.builder is not None}
        return waves([mac.name for mac in self._macs], batch=self._course.serial, canaries=names, waits=waits)

    def _of(self, wave: Wave) -> list[Mac]:
        by_name = {mac.name: mac for mac in self._macs}
        return [by_name[name] for name in wave.macs]

    @staticmethod
    def _judged(canaries: Sequence[MacReport]) -> dict[str, Outcome]:
        return {report.mac: report.outcome for report in canaries if report.outcome in BAD}

    def conclude(self, report: Report) -> None:
        """Note in the Report why Macs were not reached."""
        left = sum(mac.outcome is Outcome.NOT_REACHED for mac in report.macs)
        stopped = sum(mac.outcome is Outcome.STOPPED for mac in report.macs)
        resume = f"mend what the report says of them, then `carbon-fleet resume {self._run}`"
        if self._stop.asked:
            report.interrupted = True
            why = f"{_macs(stopped)} stopped between two changes, {_macs(left)} not begun"
            remedy = f"`carbon-fleet resume {self._run}` goes on with them"
            report.notes.append(Failure("rollout", "INTERRUPTED", "the run was told to stop", why, remedy))
        elif self._canaries:
            what = f"{_named(self._canaries)}: no good end of a canary"
            report.notes.append(Failure("rollout", "CANARY_FAILED", what, _as_they_were(left), resume))
        elif left:
            what = f"{_named(self._bad)}: {len(self._bad)} failed, --max-failures allows {self._allowed}"
            report.notes.append(Failure("rollout", "TOO_MANY_FAILED", what, _as_they_were(left), resume))


def _canaries(lab: Lab, macs: Sequence[Mac], canary: str | None) -> list[str]:
    if canary is None or canary == BY_CLASS:
        return []
    named = {mac.name for mac in macs_of(lab, [canary])}
    chosen = [mac.name for mac in macs if mac.name in named]
    if not chosen:
        raise usage(f"--canary {canary}: none of these Macs is among those that --limit chooses")
    return chosen


def _macs(number: int) -> str:
    return f"{number} {'Mac' if number == 1 else 'Macs'}"


def _as_they_were(number: int) -> str:
    return (
        "1 Mac was not begun: it is as it was"
        if number == 1
        else f"{number} Macs were not begun: they are as they were"
    )


def _named(outcomes: Mapping[str, Outcome]) -> str:
    words = [f"{mac} ({outcome.value})" for mac, outcome in outcomes.items()]
    return ", ".join([*words[:SHOWN], *([f"and {len(words) - SHOWN} more"] if len(words) > SHOWN else [])])
