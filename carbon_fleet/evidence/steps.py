"""The steps of a run that collects evidence: what each does, and what of it is told in one line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import Report

Document = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the run is about. The model is only for `bench`."""

    file: Path
    mac: str
    quiet: bool
    model: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Kind:
    """One step: its name, the command that a person would type for it, and the verb itself."""

    name: str
    command: str
    run: Callable[[Asked], Report | int]
    good: Callable[[Document], bool] = lambda report: bool(report["exit_code"] == 0)


def kinds(asked: Asked) -> tuple[Kind, ...]:
    """The steps in their order; `bench` only when a model is given."""
    return (
        Kind("probe", "carbon-fleet probe LAB MAC", _probe),
        Kind("apply", "carbon-fleet apply LAB --limit MAC --yes", _apply),
        Kind("apply-again", "carbon-fleet apply LAB --limit MAC --yes", _apply, _empty),
        Kind("verify", "carbon-fleet verify LAB --limit MAC", _verify),
        Kind("drift", "carbon-fleet drift LAB --limit MAC", _drift),
        Kind("prove", "carbon-fleet prove LAB MAC", _prove),
        *((Kind("bench", "carbon-fleet bench LAB MAC --model FILE --sha256 SUM", _bench),) if asked.model else ()),
        Kind("matrix", "carbon-fleet matrix LAB MAC", _matrix),
    )


def result_of(report: Document) -> str:
    """What a Report says, in one line: counts, times, and what computed."""
    mac = report["macs"][0] if report["macs"] else {}
    looks = mac.get("execs", 0) - len(mac.get("results", ()))
    parts = [str(mac.get("outcome", "no Mac")), f"{mac.get('seconds', 0.0):.1f} s"]
    if report["verb"] in ("apply", "drift"):
        parts += [f"{len(mac.get('changes', ()))} changes", f"{len(mac.get('results', ()))} commands", f"{looks} looks"]
    if mac.get("tests"):
        parts.append(", ".join(f"{count} {word}" for word, count in mac["tests"].items()))
    if mac.get("gpu"):
        parts.append(str(mac["gpu"]))
    parts += [failure["code"] for failure in mac.get("failures", ())]
    return " · ".join([*parts, *_measured(mac.get("measured", {}))])


def result_of_probe(lines: list[str]) -> str:
    """What a raw probe answer says, in one line: its sections, the slowest (milliseconds), and those that failed."""
    ends = [line.split() for line in lines if line.startswith("%end ")]
    times = {words[1]: int(words[3]) for words in ends if len(words) > 3 and words[3].isdigit()}
    slowest = max(times, key=lambda name: times[name], default=None)
    failed = [words[1] for words in ends if words[2:3] != ["0"]]
    parts = [f"{len(ends)} sections", f"slowest {slowest}: {times[slowest]} ms" if slowest else "no times"]
    return " · ".join([*parts, *([f"failed: {', '.join(failed)}"] if failed else [])])


def _measured(measured: Document) -> list[str]:
    figures = (measured.get("prove") or {}).get("figures")
    parts = []
    if figures:
        parts.append(f"{figures['bandwidth_gb_s']:.1f} GB/s · {figures['compute_gflop_s']:.1f} GFLOP/s")
    for one in measured.get("environments") or ():
        parts.append(f"{one['environment']}: {one['compute_gflop_s']:.1f} GFLOP/s on {one['device']}")
    entries = (measured.get("matrix") or {}).get("runtimes", ())
    return [*parts, *(f"{entry['runtime']}: {entry['verdict']}" for entry in entries)]


def _empty(report: Document) -> bool:
    macs = report["macs"]
    return report["exit_code"] == 0 and all(not mac["changes"] and not mac["results"] for mac in macs)


def _probe(asked: Asked) -> int:
    from carbon_fleet.verbs.fleet import probe

    return probe(asked.file, asked.mac)


def _apply(asked: Asked) -> Report:
    from carbon_fleet.verbs.apply import apply

    report = apply(asked.file, [asked.mac], [], json=True, quiet=asked.quiet)
    if report.interrupted:  # it came to a safe stop by itself; the steps after it are not to begin
        raise KeyboardInterrupt
    return report


def _verify(asked: Asked) -> Report:
    from carbon_fleet.verbs.verify import verify

    return verify(asked.file, [asked.mac], json=True, quiet=asked.quiet)


def _drift(asked: Asked) -> Report:
    from carbon_fleet.verbs.drift import drift

    return drift(asked.file, [asked.mac], json=True, quiet=asked.quiet)


def _prove(asked: Asked) -> Report:
    from carbon_fleet.verbs.prove import prove

    return prove(asked.file, [asked.mac], html=None, rebase=False, parallel=1, json=True, quiet=asked.quiet)


def _bench(asked: Asked) -> Report:
    from carbon_fleet.verbs.bench import bench

    return bench(
        asked.file,
        [asked.mac],
        model=asked.model,
        sha256=asked.sha256,
        repeats=3,
        parallel=1,
        json=True,
        quiet=asked.quiet,
    )


def _matrix(asked: Asked) -> Report:
    from carbon_fleet.verbs.matrix import matrix

    return matrix(asked.file, [asked.mac], parallel=1, json=True, quiet=asked.quiet)
