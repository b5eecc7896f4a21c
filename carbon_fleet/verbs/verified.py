"""What the last verifies that are kept here saw of Macs: nothing else makes a lock."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from carbon_fleet.lock.making import Verified
from carbon_fleet.lock.seen import Seen
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.reading import NotAReport
from carbon_fleet.runs.index import entries
from carbon_fleet.runs.keep import kept
from carbon_fleet.verbs.probing import SEEN

NEVER = "no verify of it is kept on this machine"


@dataclass
class Verifies:
    """Of each Mac what a passed verify saw of it; of the others why there is no such thing."""

    passed: dict[str, Verified] = field(default_factory=dict)
    why_not: dict[str, str] = field(default_factory=dict)


def last_verifies(lab: str, macs: Collection[str]) -> Verifies:
    """The last whole verify of each of these Macs, passed or not; one with `--tier` looked at a part and is none."""
    found = Verifies(why_not=dict.fromkeys(macs, NEVER))
    wanted = set(macs)
    for report in _reports(lab):
        for mac in report.macs if wanted else ():
            if mac.mac in wanted:
                wanted.discard(mac.mac)
                _take(found, report.run, mac)
    return found


def _reports(lab: str) -> Iterator[Report]:
    """The newest first. One that cannot be read is as good as none."""
    runs = [entry.run for entry in entries() if entry.ended and entry.lab == lab and entry.verb == "verify"]
    for run in reversed(runs):
        report = _kept(run)
        if report is not None and not report.options.get("tier"):
            yield report


def _kept(run: str) -> Report | None:
    try:
        return kept(run)
    except (OSError, NotAReport):
        return None


def _take(found: Verifies, run: str, mac: MacReport) -> None:
    seen = Seen.of_plain(mac.measured.get(SEEN))
    if mac.outcome is not Outcome.VERIFIED:
        found.why_not[mac.mac] = f"its last verify, {run}, ended: {mac.outcome.value}"
    elif seen is None:
        found.why_not[mac.mac] = f"its last verify, {run}, kept no versions: run verify once more"
    else:
        found.passed[mac.mac] = Verified(run, seen)
        del found.why_not[mac.mac]
