"""A Report as a message to people who are somewhere else: a line of title, few lines of body; and when it is news."""

import hashlib
import json
from collections import Counter
from typing import NamedTuple

from carbon_fleet.report.document import Exit, MacReport, Outcome, Report, exit_code
from carbon_fleet.report.pending import counted
from carbon_fleet.report.values import visible

MOST_MACS = 20
MOST_WORDS = 5
FAILURES = frozenset(Outcome) - {Outcome.DRIFTED, Outcome.STOPPED}


class Message(NamedTuple):
    """What is sent. `state` is equal for Reports that say the same of the same Macs; `bad`: somebody should look."""

    title: str
    body: str
    state: str
    bad: bool


def message(report: Report, *, drift: bool = True) -> Message:
    """The message about a Report; without `drift` only what failed, was refused or not reached counts as bad."""
    bad = [mac for mac in report.macs if _is_bad(mac, drift)]
    counts = Counter(mac.outcome.value for mac in report.macs)
    ends = ", ".join(f"{count} {word}" for word, count in counts.items()) or "no Macs"
    lines = [_line(report, mac) for mac in bad[:MOST_MACS]]
    lines += [f"… and {len(bad) - MOST_MACS} more Macs"] if len(bad) > MOST_MACS else []
    lines += [f"all of it: carbon-fleet report {report.run}"] if report.run else []
    title = f"{report.lab}: {report.verb}: {ends}{' (interrupted)' if report.interrupted else ''}"
    state = json.dumps(sorted((mac.mac, mac.outcome.value, _words(report, mac)) for mac in bad))
    digest = hashlib.sha256(state.encode(errors="replace")).hexdigest()
    return Message(visible(title), visible("\n".join(lines)), digest, bool(bad))


def _is_bad(mac: MacReport, drift: bool) -> bool:
    return exit_code([mac.outcome]) != Exit.OK and (drift or mac.outcome in FAILURES)


def _line(report: Report, mac: MacReport) -> str:
    words = _words(report, mac)
    more = f", … {len(words) - MOST_WORDS} more" if len(words) > MOST_WORDS else ""
    told = f": {', '.join(words[:MOST_WORDS])}{more}" if words else ""
    return f"{mac.mac}: {mac.outcome.value}{told}"


def _words(report: Report, mac: MacReport) -> list[str]:
    codes = [f"{failure.address} {failure.code}" for failure in mac.failures]
    codes += [each.code for each in mac.diagnoses if not each.note]
    return codes or [change.address for change in counted(report, mac)]
