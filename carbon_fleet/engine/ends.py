"""How a Mac's part of the Report says what ended the work on it."""

from pyinfra.api.exceptions import ConnectError

from carbon_fleet.connectors.mac import host_key_trouble
from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.doctor.words import code_in
from carbon_fleet.engine.session import CommandFailed
from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac

MOST_SAID = 8
"""Lines of a failed unit's journal that stand in its Failure; more are in the Result."""
DOCTOR = "`carbon-fleet doctor LAB MAC` says what mends it"
REMEDIES = {
    "COMMAND_FAILED": "its last lines stand in the report (--json); mend what it names and run again",
    "ROLLED_BACK": "mend what the journal names; the next apply tries the new units again",
    "ROLLBACK_FAILED": "look at both in the machine: journalctl -u the unit; mend what it names, and run apply again",
    "NO_ROOM": "make room, then run again: nothing was fetched and nothing stopped",
    "MACHINE_NOT_SAVED": "mend what it names and run again; nothing of the machine was changed",
    "MACHINE_NO_ROOM": "make room on the Mac and run again; nothing of the machine was changed",
    "MACHINE_PUT_BACK": "mend what it names and run again; until then the old machine serves as before",
    "MACHINE_NOT_PUT_BACK": "run on the Mac what it names: that is all it takes to have the old machine again",
    "MOVE_NOT_BEGUN": "mend what it names and run again; until then the stack runs where it ran",
    "MOVE_NO_ROOM": "make room on the Mac and run again; the stack runs where it ran",
    "MOVE_VOLUME_THERE": "look at it (carbon-fleet volume export); where an earlier move keeps it, run apply with "
    "--purge-old MAC --only 'moving.kept.*', else remove it by hand; or begin with it as it is: --leave-data MAC",
    "MOVE_PUT_BACK": "mend what it names and run again; until then the stack runs where it ran",
    "MOVE_STANDS": "mend what it names and run again; or write the old runtime, and apply with --allow-move MAC",
    "MOVE_NOT_PUT_BACK": "mend what it names and run again, which goes on from there; the old volumes are untouched",
    "AGENT_NEEDS_ADMIN": "let an administrator type that, and run again; or write `autostart: login`",
    "ENVIRONMENT_NO_INDEX": "see that the Mac reaches its index, or write another `index:`, and run again",
    "ENVIRONMENT_WRONG_HASH": "find out which of the two is right before anything else; then make the lock anew",
    "ENVIRONMENT_NO_WHEEL": "make the lock anew for this macOS and Python, or write the `python:` it was made for",
    "ENVIRONMENT_NO_ROOM": "make room on the Mac, or write a smaller `room:`; the environment there was is as it was",
    "ENVIRONMENT_NO_PYTHON": "write a `python:` this uv knows, upgrade uv, or write a `python_mirror:` the Mac reaches",
    "ENVIRONMENT_LOGIN": "write `index: {user: …, password: SECRET}`, or mend that secret, and run again",
    "ENVIRONMENT_NO_UV": "leave `uv: null` out of `homebrew.formulae`, and run again",
    "GAVE_UP": "look whether the Mac is asleep, restarting or overloaded, and run again",
    "UNREADABLE": "run `carbon-fleet probe LAB MAC` to see what the Mac answered",
    "INTERNAL": "this is a defect of carbon-fleet: please report it with the text above",
}


def failed(report: MacReport, error: Exception) -> None:
    """The Mac failed of `error`; of one that nobody foresaw the code is `INTERNAL`."""
    codes = {GaveUp: "GAVE_UP", Unreadable: "UNREADABLE"}
    code = error.code if isinstance(error, CommandFailed) else codes.get(type(error), "INTERNAL")
    known = code_in(error.result.tail) if isinstance(error, CommandFailed) and code == "COMMAND_FAILED" else None
    address = error.result.address if isinstance(error, CommandFailed) else "mac"
    what = f"{type(error).__name__}: {error}" if code == "INTERNAL" else str(error)
    report.outcome = Outcome.FAILED
    remedy = f"{DOCTOR}; {REMEDIES[code]}" if known else REMEDIES[code]
    report.failures.append(Failure(address, known or code, what, _why(error, code), remedy))


def _why(error: Exception, code: str) -> str:
    """Of units that failed, the end of what they said."""
    if isinstance(error, CommandFailed) and code.startswith("ROLL"):
        return "\n        ".join(("it said:", *error.result.tail[-MOST_SAID - 1 : -1]))
    return "the work on this Mac ended there"


def unreachable(report: MacReport, mac: Mac, error: ConnectError) -> None:
    """The Mac could not be entered; for the sake of its host key it was refused."""
    trouble = host_key_trouble(error)
    at = mac.host if mac.port == 22 else f"{mac.host} port {mac.port}"
    if trouble is not None:
        report.outcome = Outcome.REFUSED
        code = f"HOST_KEY_{trouble.upper()}"
        why = "a Mac whose host key is not the pinned one may be another machine: no command was sent"
        remedy = "compare it with the Mac's own /etc/ssh/*.pub, then pin it: host_key: or known_hosts:"
        report.failures.append(Failure("mac", code, f"the host key of {at} is {trouble}", why, remedy))
        return
    report.outcome = Outcome.UNREACHABLE
    remedy = f"try `{_by_hand(mac)}`: Remote Login on? awake? key allowed?"
    report.failures.append(Failure("mac", "UNREACHABLE", str(error), f"{at} could not be entered", remedy))


def _by_hand(mac: Mac) -> str:
    words = ["ssh", *(["-i", mac.key] if mac.key else []), "-p", str(mac.port)]
    return " ".join([*words, f"{mac.user}@{mac.host}" if mac.user else mac.host, "true"])


def too_long(report: MacReport, seconds: float) -> None:
    """The time that each Mac may take is over."""
    at = report.changes[-1].address if report.changes else "mac"
    what = f"its work was not done within {seconds:.0f} s"
    why = "what it was in was ended there; all before it is done"
    remedy = "run again: it goes on from what is there; or give it longer with --timeout"
    report.outcome = Outcome.FAILED
    report.failures.append(Failure(at, "TIMEOUT", what, why, remedy))


def stopped(report: MacReport) -> None:
    """The run was told to stop, and this Mac came to where it could."""
    what = f"the run was stopped after {len(report.changes)} changes of this Mac"
    report.outcome = Outcome.STOPPED
    report.failures.append(
        Failure("mac", "STOPPED", what, "what was begun is done, the rest was left", "carbon-fleet resume goes on")
    )
