"""A Report for what manages the Mac itself: a Jamf extension attribute, and facts for Munki's conditions.

Jamf keeps what stands between `<result>` and `</result>` on a script's standard output (Jamf Pro: "Computer Extension
Attributes"). Munki runs the scripts in `/usr/local/munki/conditions` and takes the keys of `ConditionalItems.plist`,
which they write, into its predicates; it removes that file before (munki: `cli/munki/shared/facts.swift`).
"""

import plistlib
from collections import Counter
from xml.sax.saxutils import escape

from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.report.pending import counted
from carbon_fleet.report.values import visible


def jamf(report: Report) -> str:
    """One line: of a Mac its outcome and addresses, of several how many ended how; and when."""
    words = _one(report, report.macs[0]) if len(report.macs) == 1 else _several(report)
    moment = report.ended or report.started
    return f"<result>{escape(visible(f'{words} ({report.verb} {moment})'))}</result>\n"


def _one(report: Report, mac: MacReport) -> str:
    found = [failure.code for failure in mac.failures] or _addresses(report, mac)
    return f"{mac.outcome.value}: {', '.join(dict.fromkeys(found))}" if found else mac.outcome.value


def _several(report: Report) -> str:
    counts = Counter(mac.outcome.value for mac in report.macs)
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "no Macs"


def munki(report: Report) -> str:
    """A property list with a key for each fact; of several Macs the counts by outcome stand for one Mac's facts."""
    facts: dict[str, object] = {
        "carbon_fleet_exit_code": report.exit_code,
        "carbon_fleet_lab": visible(report.lab),
        "carbon_fleet_verb": report.verb,
        "carbon_fleet_when": report.ended or report.started,
        "carbon_fleet_outcome": _several(report),
    }
    if len(report.macs) == 1:
        facts |= _facts(report, report.macs[0])
    return plistlib.dumps(facts).decode()


def _addresses(report: Report, mac: MacReport) -> list[str]:
    return [change.address for change in counted(report, mac)]


def _facts(report: Report, mac: MacReport) -> dict[str, object]:
    addresses = [visible(address) for address in _addresses(report, mac)]
    return {
        "carbon_fleet_outcome": mac.outcome.value,
        "carbon_fleet_changes": len(addresses),
        "carbon_fleet_addresses": addresses,
        "carbon_fleet_codes": [failure.code for failure in mac.failures],
        "carbon_fleet_gpu": visible(mac.gpu or ""),
    }
