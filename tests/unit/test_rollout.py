"""What of the command line is a course over the Macs, what holds a rollout, and what the Report says of it."""

from collections.abc import Callable, Sequence

import pytest
import yaml

from carbon_fleet.engine.interrupt import Stop
from carbon_fleet.engine.waves import Share
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.spec import Lab, Mac, load_lab
from carbon_fleet.verbs.rollout import STRAIGHT, Course, Rollout, course_of
from carbon_fleet.verbs.stop import Stop as End

NAMES = [f"mac-0{number}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """mac-06 builds for the others; mac-02 and mac-03 are the group `first`."""
    macs = {name: {"host": f"10.0.0.{number}", "user": "u"} for number, name in enumerate(NAMES)}
    for name in NAMES[1:3]:
        macs[name]["groups"] = ["first"]  # type: ignore[assignment]
    document = {"lab": "l", "defaults": {"build_on": "mac-06"}, "groups": {"first": {}}, "macs": macs}
    path = tmp_path_factory.mktemp("lab") / "lab.yml"
    path.write_text(yaml.safe_dump(document))
    return load_lab(path, lab_sections())


class Fleet:
    """Macs that end as they are told to; keeps in which waves they had their turn."""

    def __init__(self, **ends: Outcome) -> None:
        self.ends = {name.replace("_", "-"): outcome for name, outcome in ends.items()}
        self.waves: list[list[str]] = []
        self.reports: dict[str, MacReport] = {}
        self.after: Callable[[str], None] = lambda mac: None
        self.verified: list[str] = []

    def over(self, lab: Lab, course: Course, stop: Stop | None = None) -> Report:
        macs = list(lab.macs.values())
        rollout = Rollout(lab, macs, course, stop or Stop(), "RUN")

        def run(some: Sequence[Mac]) -> list[MacReport]:
            self.waves.append([mac.name for mac in some])
            return [self._one(rollout, mac.name) for mac in some]

        rollout.go(run, self._verify, lambda: {name: f"class {int(name[-1]) % 2}" for name in NAMES})
        report = Report("apply", "l", "lab.yml", "", macs=list(self.reports.values()))
        rollout.conclude(report)
        return report

    def _one(self, rollout: Rollout, name: str) -> MacReport:
        end = Outcome.NOT_REACHED if rollout.hold() else self.ends.get(name, Outcome.CHANGED)
        self.reports[name] = report = MacReport(name, end)
        rollout.heard(report)
        self.after(name)
        return report

    def _verify(self, canaries: list[MacReport]) -> None:
        for report in canaries:
            self.verified.append(report.mac)
            report.outcome = self.ends.get(f"{report.mac}-verify", report.outcome)

    @property
    def not_reached(self) -> list[str]:
        return [name for name in NAMES if self.reports[name].outcome is Outcome.NOT_REACHED]


def code(report: Report) -> tuple[str, ...]:
    return tuple(note.code for note in report.notes)


def test_straight_on_whatever_becomes_of_them(lab: Lab) -> None:
    fleet = Fleet(mac_01=Outcome.FAILED, mac_02=Outcome.UNREACHABLE)
    report = fleet.over(lab, STRAIGHT)
    assert (fleet.waves, fleet.not_reached, code(report)) == ([["mac-06", *NAMES[:5]]], [], ())


def test_the_group_of_canaries_first_with_its_builder_and_then_the_rest_in_batches(lab: Lab) -> None:
    fleet = Fleet()
    report = fleet.over(lab, Course(Share(2), "first"))
    assert fleet.waves == [["mac-06", "mac-02"], ["mac-03"], ["mac-01", "mac-04"], ["mac-05"]]
    assert (fleet.verified, code(report)) == (["mac-06", "mac-02", "mac-03"], ())


def test_one_of_each_class_first(lab: Lab) -> None:
    fleet = Fleet()
    fleet.over(lab, Course(canary="by-class"))
    assert fleet.waves == [["mac-06", "mac-01", "mac-02"], ["mac-03", "mac-04", "mac-05"]]


@pytest.mark.parametrize("end", [Outcome.FAILED, Outcome.UNREACHABLE, Outcome.REFUSED])
def test_a_canary_without_a_good_end_is_not_even_verified(lab: Lab, end: Outcome) -> None:
    fleet = Fleet(mac_02=end)
    report = fleet.over(lab, Course(canary="first"))
    assert (fleet.verified, fleet.not_reached, code(report)) == ([], ["mac-01", "mac-04", "mac-05"], ("CANARY_FAILED",))
    (note,) = report.notes
    assert (note.what, note.why) == (
        f"mac-02 ({end.value}): no good end of a canary",
        "3 Macs were not begun: they are as they were",
    )
    assert note.remedy.endswith("`carbon-fleet resume RUN`")


def test_a_canary_that_verify_does_not_pass_ends_it(lab: Lab) -> None:
    fleet = Fleet(mac_03_verify=Outcome.VERIFY_FAILED)
    report = fleet.over(lab, Course(canary="first"))
    assert (fleet.not_reached, code(report)) == (["mac-01", "mac-04", "mac-05"], ("CANARY_FAILED",))
    assert report.exit_code == 100


@pytest.mark.parametrize(("allowed", "left"), [(Share(0), 4), (Share(1), 2), (Share(2), 0), (Share(20, True), 2)])
def test_so_many_may_fail(lab: Lab, allowed: Share, left: int) -> None:
    """mac-01 and mac-03 do: with the builder mac-06 first they are the second and the fourth."""
    fleet = Fleet(mac_01=Outcome.FAILED, mac_03=Outcome.REFUSED)
    report = fleet.over(lab, Course(Share(1), max_failures=allowed))
    assert (len(fleet.not_reached), code(report)) == (left, ("TOO_MANY_FAILED",) if left else ())
    assert report.exit_code == 4


def test_once_told_to_stop_none_begins_and_the_report_says_so(lab: Lab) -> None:
    fleet, stop = Fleet(), Stop()
    fleet.after = lambda mac: setattr(stop, "asked", stop.asked or mac == "mac-01")
    report = fleet.over(lab, Course(Share(1)), stop)
    assert (fleet.not_reached, code(report)) == (NAMES[1:5], ("INTERRUPTED",))
    assert (report.interrupted, report.exit_code) == (True, 130)
    assert report.notes[0].why == "0 Macs stopped between two changes, 4 Macs not begun"


def test_told_to_stop_canaries_are_not_verified_any_more(lab: Lab) -> None:
    fleet, stop = Fleet(), Stop()
    fleet.after = lambda mac: setattr(stop, "asked", True)
    assert code(fleet.over(lab, Course(canary="first"), stop)) == ("INTERRUPTED",)
    assert fleet.verified == []


def test_a_course_is_said_again_as_it_was_asked_for() -> None:
    asked = {"serial": "25%", "canary": "by-class", "max_failures": "0", "timeout": "1800s"}
    assert course_of(**asked).options == asked
    assert (course_of(), STRAIGHT.options) == (STRAIGHT, {})
    assert course_of(timeout="30m").seconds == 1800


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"serial": "0"}, "--serial 0: no Mac would ever have its turn; write 1 or more"),
        (
            {"serial": "some"},
            "--serial some: `some` is neither a number of Macs nor a share of them: write `3` or `25%`",
        ),
        ({"max_failures": "-1"}, "--max-failures -1: `-1` is neither a number of Macs nor a share of them"),
        ({"timeout": "5"}, "--timeout 5: this is no time to work in: write a number and its unit, such as `30m`"),
        ({"timeout": "0s"}, "--timeout 0s: this is no time to work in"),
    ],
)
def test_what_is_no_course_is_named(asked: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(End) as end:
        course_of(**asked)
    assert end.value.code == 64
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("canary", "limit", "said"),
    [
        ("nobody", NAMES, "nobody: no Mac, glob or group of lab `l` is called so"),
        ("mac-01", NAMES[1:], "--canary mac-01: none of these Macs is among those that --limit chooses"),
    ],
)
def test_canaries_that_are_none_of_the_macs_are_named(
    lab: Lab, canary: str, limit: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(End) as end:
        Rollout(lab, [lab.mac(name) for name in limit], Course(canary=canary), Stop(), "RUN")
    assert end.value.code == 64
    assert said in capsys.readouterr().err
