"""One JUnit file of many: a suite for each Mac, as pytest wrote it."""

from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from carbon_fleet.report.document import MacReport


def merge(parts: Mapping[str, tuple[MacReport, Path]], target: Path) -> None:
    """Write `target` with the suites of `parts` (by Mac). A Mac without one, or cut short, has an error of its own."""
    root = ElementTree.Element("testsuites", name="carbon-fleet verify")
    for name, (report, path) in parts.items():
        suites = _suites(path)
        root.extend(suites)
        if report.failures and not any(suite.find(".//failure") is not None for suite in suites):
            root.append(_unreached(name, report))
    target.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)


def _suites(path: Path) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.parse(path).getroot().iter("testsuite"))  # noqa: S314 our own pytest wrote it
    except (OSError, ElementTree.ParseError):
        return []


def _unreached(name: str, report: MacReport) -> ElementTree.Element:
    failure = report.failures[-1]
    suite = ElementTree.Element("testsuite", name=name, tests="1", errors="1", failures="0", skipped="0")
    case = ElementTree.SubElement(suite, "testcase", classname=name, name=failure.address, time=str(report.seconds))
    error = ElementTree.SubElement(case, "error", type=failure.code, message=failure.what)
    error.text = f"{failure.why}; {failure.remedy}"
    return suite
