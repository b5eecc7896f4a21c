"""Macs that did not answer: since when nobody has seen them, and whether that is longer than their lab allows."""

from datetime import datetime, timedelta

from carbon_fleet.report.document import Failure, MacReport, Outcome, Report
from carbon_fleet.runs.seen import LastSeen, last_seen
from carbon_fleet.spec import Duration, Lab


def overdue(report: Report, lab: Lab, now: datetime) -> None:
    """Say of each Mac that could not be reached when it was last seen; too long ago, and it is `overdue`.

    What counts is the runs kept on this machine, by this machine's clock alone. `now` is aware.
    """
    silent = [mac for mac in report.macs if mac.outcome is Outcome.UNREACHABLE]
    seen = last_seen(lab.name, [mac.mac for mac in silent], now) if silent else {}
    for mac in silent:
        _say(mac, seen.get(mac.mac), lab.mac(mac.mac).report_interval, now)


def _say(mac: MacReport, last: LastSeen | None, interval: Duration | None, now: datetime) -> None:
    mac.last_seen = last.at.isoformat(timespec="seconds") if last else ""
    late = interval is not None and (last is None or now - last.at > timedelta(seconds=interval.seconds))
    if late:
        mac.outcome = Outcome.OVERDUE
    allowed = f"; its `report_interval` is {interval}" if interval is not None else ""
    failure = Failure(
        "mac",
        "OVERDUE" if late else "LAST_SEEN",
        f"{_when(last, now)}{allowed}",
        "a Mac nobody looks at may have drifted as far as it likes" if late else "it may only be asleep or away",
        "look for it; while it is to be away, write `report_interval: null` at it, or look with --limit",
    )
    (mac.failures if late else mac.notices).append(failure)


def _when(last: LastSeen | None, now: datetime) -> str:
    if last is None:
        return "no run kept on this machine has ever seen it"
    return f"last seen {span(now - last.at)} ago, {last.at:%Y-%m-%d %H:%M} UTC, by run {last.run}"


def span(time: timedelta) -> str:
    """A length of time in its largest whole unit."""
    minutes = max(0, int(time.total_seconds())) // 60
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
