"""Reports as metrics, in the text that both node_exporter's textfile collector and OpenMetrics' readers take.

All are gauges without timestamps, which that collector refuses; times are Unix seconds in a metric of their own. Names
end in their unit. Source: prometheus.io, "Metric and label naming"; node_exporter's README, "Textfile Collector".
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from carbon_fleet.report.document import Cause, MacReport, Outcome, Report
from carbon_fleet.report.pending import waived

PREFIX = "carbon_fleet_"
Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class Family(NamedTuple):
    """One metric: its name, what it says, and its samples for one Report."""

    name: str
    help: str
    samples: Callable[[Report], Iterable[Sample]]


def openmetrics(reports: Sequence[Report]) -> str:
    """The text; of several Reports none may share lab and verb with another. Nothing is said that has no samples."""
    lines = []
    for family in FAMILIES:
        samples = [sample for report in reports for sample in family.samples(report)]
        if samples:
            name = PREFIX + family.name
            lines += [f"# HELP {name} {family.help}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{_labels(labels)}}} {_number(value)}" for labels, value in samples]
    return "\n".join([*lines, "# EOF", ""])


def _labels(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    clean = value.encode(errors="replace").decode()
    return clean.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _run(report: Report, value: float) -> list[Sample]:
    return [({"lab": report.lab, "verb": report.verb}, value)]


def _ended(report: Report) -> list[Sample]:
    try:
        moment = datetime.fromisoformat(report.ended or report.started)
    except ValueError:  # of a Report that was never ended
        return []
    return _run(report, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


def _info(report: Report) -> list[Sample]:
    return [({"lab": report.lab, "verb": report.verb, "version": report.version}, 1)]


def _outcomes(report: Report) -> Iterator[Sample]:
    counts = Counter(mac.outcome for mac in report.macs)
    for outcome in Outcome:
        yield {"lab": report.lab, "verb": report.verb, "outcome": outcome.value}, counts[outcome]


def _each(value: Callable[[MacReport], Iterable[tuple[Labels, float]]]) -> Callable[[Report], Iterator[Sample]]:
    def samples(report: Report) -> Iterator[Sample]:
        for mac in report.macs:
            for labels, number in value(mac):
                yield {"lab": report.lab, "verb": report.verb, "mac": mac.mac, **labels}, number

    return samples


def _one(value: Callable[[MacReport], float]) -> Callable[[Report], Iterator[Sample]]:
    return _each(lambda mac: [({}, value(mac))])


def _outcome(mac: MacReport) -> Iterator[Sample]:
    for outcome in Outcome:
        yield {"outcome": outcome.value}, mac.outcome is outcome


def _changes(mac: MacReport) -> Iterator[Sample]:
    counts = Counter((change.cause or Cause.UNKNOWN).value for change in mac.changes)
    for cause in Cause:
        yield {"cause": cause.value}, counts[cause.value]


def _waived(mac: MacReport) -> float:
    return sum(waived(change) for change in mac.changes)


def _failures(mac: MacReport) -> Iterator[Sample]:
    for code, count in sorted(Counter(failure.code for failure in mac.failures).items()):
        yield {"code": code}, count


def _tests(mac: MacReport) -> Iterator[Sample]:
    for result, count in mac.tests.items():
        yield {"result": result}, count


def _gpu(mac: MacReport) -> Iterator[Sample]:
    if mac.gpu is not None:
        yield {"device": mac.gpu}, 1


def _figure(name: str, unit: float) -> Callable[[MacReport], Iterator[Sample]]:
    def samples(mac: MacReport) -> Iterator[Sample]:
        figures = (mac.measured.get("prove") or {}).get("figures") or {}
        if isinstance(figures.get(name), int | float):
            yield {}, figures[name] * unit

    return samples


def _tokens(mac: MacReport) -> Iterator[Sample]:
    paths: dict[str, Any] = (mac.measured.get("bench") or {}).get("paths") or {}
    for path, figures in paths.items():
        for phase in ("prompt", "generation"):
            yield {"path": path, "phase": phase}, figures[phase]["median"]


FAMILIES = (
    Family("run_info", "The last run that is told of here.", _info),
    Family("run_exit_code", "What the verb ended with.", lambda report: _run(report, report.exit_code)),
    Family("run_interrupted", "1 when somebody interrupted it.", lambda report: _run(report, report.interrupted)),
    Family("run_timestamp_seconds", "When it ended.", _ended),
    Family("run_duration_seconds", "How long it took.", lambda report: _run(report, report.seconds)),
    Family("macs", "How many Macs ended so.", _outcomes),
    Family("mac_outcome", "1 at the outcome of this Mac.", _each(_outcome)),
    Family("mac_changes", "Changes seen on this Mac, by why they are there.", _each(_changes)),
    Family("mac_changes_waived", "Those of them that a waiver stands over.", _one(_waived)),
    Family("mac_changes_left", "Changes that were seen and not made.", _one(lambda mac: len(mac.left))),
    Family("mac_commands", "Commands that were run.", _one(lambda mac: len(mac.results))),
    Family("mac_execs", "Remote executions, looks among them.", _one(lambda mac: mac.execs)),
    Family("mac_duration_seconds", "How long the work on this Mac took.", _one(lambda mac: mac.seconds)),
    Family("mac_failures", "What stopped the work on this Mac, by code.", _each(_failures)),
    Family("mac_tests", "What the tests of verify came to.", _each(_tests)),
    Family("mac_gpu_info", "The device containers computed on, as verify saw it.", _each(_gpu)),
    Family("gpu_bandwidth_bytes_per_second", "What prove measured.", _each(_figure("bandwidth_gb_s", 1e9))),
    Family("gpu_compute_flops", "Floating point operations a second: prove.", _each(_figure("compute_gflop_s", 1e9))),
    Family("bench_tokens_per_second", "Medians of llama.cpp: bench.", _each(_tokens)),
)
"""All metrics, in the order they are written."""
