"""From what a pytest process told to the Mac's part of the Report."""

from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.verify.record import UNKNOWN, Told

NOT_KNOWN = "what is not known is not verified"
WISHED = "the Mac is not what the lab file says"


def fill(report: MacReport, told: Told, status: int | None, output: str) -> None:
    """Set outcome, counts, failures and notices. `status` is pytest's, None when it was ended at its deadline."""
    report.tests = {word: told.count(word) for word in ("passed", "failed", "skipped", "unknown")}
    report.gpu, report.execs = told.gpu, told.execs or 0
    report.notices = [Failure(**notice) for notice in told.notices]
    for test in told.tests:
        _place(report, test)
    _unknown(report, told)
    if told.closed is not None:
        _closed(report, told.closed)
    elif told.execs is None or not told.tests:
        _broken(report, status, output)
    else:
        bad = report.tests["failed"] + report.tests["unknown"]
        report.outcome = Outcome.VERIFY_FAILED if bad else Outcome.VERIFIED


def _place(report: MacReport, test: dict[str, str]) -> None:
    address, message, remedy = f"{report.mac} {test['name']}", test["message"], test["remedy"]
    if test["outcome"] == "failed":
        report.failures.append(Failure(address, "VERIFY_FAILED", message, WISHED, remedy))
    elif test["outcome"] == "skipped":
        report.notices.append(
            Failure(address, "SKIPPED", message, "this was not looked at", "nothing, if that is meant")
        )


def _unknown(report: MacReport, told: Told) -> None:
    """One notice for each cause: a stopped machine leaves everything in it unknown."""
    causes: dict[str, list[str]] = {}
    for test in told.tests:
        if test["outcome"] == "unknown":
            causes.setdefault(test["message"].removeprefix(UNKNOWN), []).append(test["name"].partition("::")[2])
    for cause, names in causes.items():
        what = f"{cause}; so this could not be looked at: {', '.join(names)}"
        report.notices.append(Failure(f"{report.mac} unknown", "UNKNOWN", what, NOT_KNOWN, "mend what failed first"))


def _closed(report: MacReport, closed: dict[str, str]) -> None:
    refused = closed["code"].startswith("HOST_KEY")
    report.outcome = Outcome.REFUSED if refused else Outcome.UNREACHABLE
    report.failures.append(Failure("mac", closed["code"], closed["what"], closed["why"], closed["remedy"]))


def _broken(report: MacReport, status: int | None, output: str) -> None:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = next(
        (line for line in reversed(lines) if line.startswith(("ERROR", "E "))), lines[-1] if lines else "nothing"
    )
    report.outcome = Outcome.FAILED
    if status is None:
        what, remedy = "the look did not come to its end in time", "look whether the Mac is overloaded, and run again"
    else:
        what = f"the suite itself broke (pytest ended with {status}): {said}"
        remedy = "this is a defect of carbon-fleet or of tests/state: please report it with the text above"
    report.failures.append(Failure("mac", "VERIFY_BROKEN", what, NOT_KNOWN, remedy))
