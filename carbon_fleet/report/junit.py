"""A Report as JUnit XML: a suite for each Mac, a test case for each address that was seen to be something.

It fails exactly when the verb's exit code is not 0. Sources: the shape that CI systems read is the one pytest writes
(`testsuites`, `testsuite`, `testcase` with `failure`, `error` or `skipped`), whose schema is Jenkins' xunit-plugin's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from carbon_fleet.report.document import Diagnosis, Exit, Failure, MacReport, Outcome, Planned, Report, exit_code
from carbon_fleet.report.pending import chosen, made, pending, waived
from carbon_fleet.report.values import attribute_lines, visible

ERRORS = frozenset({Outcome.FAILED, Outcome.UNREACHABLE, Outcome.OVERDUE})
"""How a Mac ends that could not be judged; the other bad ends are failures."""
SKIPPED = frozenset({Outcome.WAIVED, Outcome.NOT_REACHED})
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped (its production `Char`)."""


@dataclass(frozen=True)
class Case:
    """One test case: `kind` is `failure`, `error`, `skipped` or, when all is well, empty."""

    address: str
    kind: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def junit(report: Report) -> str:
    """The XML, with its declaration."""
    root = ElementTree.Element("testsuites", name=_safe(f"carbon-fleet {report.verb}"), time=f"{report.seconds:.3f}")
    for mac in report.macs:
        root.append(_suite(mac.mac, report, list(cases(report, mac)), mac.seconds))
    lab = list(_of_the_lab(report))
    if lab:
        root.append(_suite(report.lab, report, lab, 0.0))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def cases(report: Report, mac: MacReport) -> list[Case]:
    """One Mac's test cases; at least one of a Mac that did not end well is no success, none of one that did."""
    kind = _kind(mac.outcome)
    found = [_told(failure, kind) for failure in mac.failures]
    found += [_pending(change, kind, chosen(report, change)) for change in pending(report, mac)]
    found += [_made(change) for change in mac.changes if made(report, mac)]
    found += [_diagnosed(each) for each in mac.diagnoses if not each.note]
    if kind and not any(case.kind == kind for case in found):
        found.append(Case("mac", kind, mac.outcome.value, mac.outcome.value))
    return found or [Case("mac")]


def _diagnosed(each: Diagnosis) -> Case:
    return Case("doctor", "failure", each.code, each.evidence, f"{each.cause}\n{each.remedy}")


def _kind(outcome: Outcome) -> str:
    if outcome in SKIPPED:
        return "skipped"
    if exit_code([outcome]) == Exit.OK:
        return ""
    return "error" if outcome in ERRORS else "failure"


def _told(failure: Failure, kind: str) -> Case:
    return Case(failure.address, kind, failure.code, failure.what, f"why: {failure.why}\ndo: {failure.remedy}")


def _made(change: Planned) -> Case:
    return Case(change.address, text=change.reason)


def _pending(change: Planned, kind: str, chosen: bool) -> Case:
    lines = [line for attribute in change.attributes for line in attribute_lines(attribute)]
    waiver = change.waiver
    if waiver is not None and waived(change):
        words = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
        return Case(change.address, "skipped", "waived", words, "\n".join(lines))
    if not chosen:
        return Case(change.address, "skipped", "not chosen", "--only or --skip left it out", "\n".join(lines))
    return Case(change.address, kind, change.cause or change.action, change.reason, "\n".join(lines))


def _of_the_lab(report: Report) -> Iterator[Case]:
    if report.interrupted:
        yield Case("run", "error", "interrupted", "the run was interrupted")
    for note in report.notes:
        yield Case(note.address, text=f"{note.what}; {note.remedy}")


def _suite(name: str, report: Report, found: list[Case], seconds: float) -> ElementTree.Element:
    counts = {kind: str(sum(case.kind == kind for case in found)) for kind in ("failure", "error", "skipped")}
    suite = ElementTree.Element("testsuite", name=_safe(name), timestamp=_safe(report.started), time=f"{seconds:.3f}")
    suite.attrib |= {"tests": str(len(found)), "failures": counts["failure"], "errors": counts["error"]}
    suite.set("skipped", counts["skipped"])
    for case in found:
        one = ElementTree.SubElement(suite, "testcase", classname=_safe(name), name=_safe(case.address))
        if case.kind:
            words = {"type": _safe(case.type), "message": _safe(case.message)}
            ElementTree.SubElement(one, case.kind, words).text = _safe(case.text)
        elif case.text:
            ElementTree.SubElement(one, "system-out").text = _safe(case.text)
    return suite


def _safe(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", visible(text))
