"""Runs to keep in tests: a lab of two Macs, at a time of one's choice."""

from datetime import UTC, datetime, timedelta

from carbon_fleet.plan import Attribute
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Report
from carbon_fleet.runs.keep import keep

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
"""A Saturday."""


def name(hours: float, tail: str = "000000") -> str:
    """The name of a run that began so many hours before `NOON`."""
    return f"{NOON - timedelta(hours=hours):%Y%m%dT%H%M%SZ}-{tail}"


def change(address: str, before: str = "0644", after: str = "0600") -> Planned:
    return Planned(address, "update", [Attribute("mode", before, after)], "it differs", [], ["chmod"])


def drifted(mac: str, *addresses: str) -> MacReport:
    """A Mac that was looked at, and where something differs, or nothing."""
    outcome = Outcome.DRIFTED if addresses else Outcome.CONVERGED
    report = MacReport(mac, outcome, 0.5, execs=1, snapshot="a1", spec="s1", guest="reached")
    report.sections, report.changes = {"power": "p1"}, [change(address) for address in addresses]
    return report


def unreachable(mac: str) -> MacReport:
    failure = Failure("mac", "UNREACHABLE", "no route to host", f"{mac} could not be entered", "try `ssh`")
    return MacReport(mac, Outcome.UNREACHABLE, 15.0, failures=[failure])


def run(hours: float, *macs: MacReport, verb: str = "drift", lab: str = "brisbane", tail: str = "000000") -> Report:
    """A Report of a run that began so many hours before `NOON`."""
    began = (NOON - timedelta(hours=hours)).isoformat(timespec="seconds")
    found = list(macs) or [drifted("mac-01"), drifted("mac-02", "guest.file./etc/motd")]
    return Report(verb, lab, "lab.yml", began, 2.5, 8, found, run=name(hours, tail), spec="d" * 64, ended=began)


def kept(hours: float, *macs: MacReport, verb: str = "drift", lab: str = "brisbane", tail: str = "000000") -> Report:
    """The same, kept."""
    report = run(hours, *macs, verb=verb, lab=lab, tail=tail)
    keep(report)
    return report
