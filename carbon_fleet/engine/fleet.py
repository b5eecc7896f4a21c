"""Runs one piece of work on every Mac of a lab, in parallel, without a barrier."""

from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.pool import Pool  # noqa: E402
from pyinfra import logger  # noqa: E402
from pyinfra.api import Config, Inventory, State  # noqa: E402
from pyinfra.api.exceptions import ConnectError  # noqa: E402

from carbon_fleet.connectors.mac import host_key_trouble  # noqa: E402
from carbon_fleet.connectors.ran import GaveUp  # noqa: E402
from carbon_fleet.engine.interrupt import interruptible  # noqa: E402
from carbon_fleet.engine.inventory import hosts_of  # noqa: E402
from carbon_fleet.engine.session import CommandFailed, Session  # noqa: E402
from carbon_fleet.engine.steps import Refused  # noqa: E402
from carbon_fleet.report.document import Failure, MacReport, Outcome  # noqa: E402
from carbon_fleet.report.trouble import Trouble  # noqa: E402
from carbon_fleet.snapshot import Unreadable  # noqa: E402
from carbon_fleet.spec import Lab, Mac  # noqa: E402

CONNECT_SECONDS = 15
Work = Callable[[Session, MacReport], None]


def run_fleet(
    lab: Lab, macs: Sequence[Mac], work: Work, *, parallel: int, done: Callable[[MacReport], None], timing: bool = False
) -> list[MacReport]:
    """Connect to each Mac and do `work` on it; at most `parallel` at a time. `done` hears of each Mac as it ends.

    Whatever goes wrong on a Mac ends in its own MacReport and nowhere else. The reports come in the lab's order.
    """
    _quiet()
    # Names are resolved in threads: a few names that no server knows must not keep the rest waiting.
    gevent.get_hub().threadpool.maxsize = max(10, min(parallel, len(macs)))
    config = Config(CONNECT_TIMEOUT=CONNECT_SECONDS)
    state = State(Inventory((hosts_of(lab, macs), {})), config)
    pool = Pool(parallel)

    def one(mac: Mac) -> MacReport:
        report = MacReport(mac.name, spec=mac.digest)
        began = time.monotonic()
        _one(state.inventory.get_host(mac.name), mac, report, work, timing)
        report.seconds = round(time.monotonic() - began, 3)
        done(report)
        return report

    # Those that others wait for come first, lest these take all the places and wait for ever.
    builders = {mac.build_on for mac in macs}
    ordered = sorted(macs, key=lambda mac: mac.name not in builders)
    with interruptible():
        reports = {report.mac: report for report in pool.imap(one, ordered)}
    return [reports[mac.name] for mac in macs]


def _quiet() -> None:
    """What pyinfra and paramiko would print of a failed connection stands in the report, said better."""
    logger.setLevel("CRITICAL")
    logging.getLogger("paramiko").setLevel("CRITICAL")
    gevent.get_hub().exception_stream = None


def _one(host: Any, mac: Mac, report: MacReport, work: Work, timing: bool) -> None:
    session = _session(host, mac, timing)
    try:
        _connect(host)
        work(session, report)
    except ConnectError as error:
        _unreachable(report, mac, error)
    except Refused as refused:
        report.outcome = Outcome.REFUSED
        report.failures += [Failure.of(refusal) for refusal in refused.refusals]
    except Trouble as trouble:
        report.outcome = Outcome.FAILED
        report.failures.append(trouble.failure)
    except (CommandFailed, GaveUp, Unreadable) as error:
        _failed(report, error)
    except Exception as error:  # one Mac's surprise must not be another's
        _failed(report, error)
    finally:
        report.execs, report.results = session.execs, session.results
        _disconnect(host)


def open_session(lab: Lab, mac: Mac) -> tuple[Session, Callable[[], None]]:
    """A connection to a Mac of its own, beside any run's, and what ends it. Raises pyinfra's `ConnectError`."""
    state = State(Inventory((hosts_of(lab, [mac]), {})), Config(CONNECT_TIMEOUT=CONNECT_SECONDS))
    host = state.inventory.get_host(mac.name)
    _connect(host)
    return _session(host, mac), lambda: _disconnect(host)


def _session(host: Any, mac: Mac, timing: bool = False) -> Session:
    def again() -> None:
        _disconnect(host)
        host.connected = False  # of a connection that is lost pyinfra may fail to take leave
        _connect(host)

    return Session(mac, host.connector, timing, again)


def _connect(host: Any) -> None:
    late = ConnectError("no SSH handshake in time: the Mac is there but does not answer")
    with gevent.Timeout(2 * CONNECT_SECONDS, late):
        host.connect(show_errors=False, raise_exceptions=True)


def _disconnect(host: Any) -> None:
    try:
        host.disconnect()
    except Exception as error:  # a connection that is already gone
        logger.debug("disconnect: %s", error)


MOST_SAID = 8
"""Lines of a failed unit's journal that stand in its Failure; more are in the Result."""
REMEDIES = {
    "COMMAND_FAILED": "its last lines stand in the report (--json); mend what it names and run again",
    "ROLLED_BACK": "mend what the journal names; the next apply tries the new units again",
    "ROLLBACK_FAILED": "look at both in the machine: journalctl -u the unit; mend what it names, and run apply again",
    "NO_ROOM": "make room, then run again: nothing was fetched and nothing stopped",
    "GAVE_UP": "look whether the Mac is asleep, restarting or overloaded, and run again",
    "UNREADABLE": "run `carbon-fleet probe LAB MAC` to see what the Mac answered",
    "INTERNAL": "this is a defect of carbon-fleet: please report it with the text above",
}


def _failed(report: MacReport, error: Exception) -> None:
    codes = {GaveUp: "GAVE_UP", Unreadable: "UNREADABLE"}
    code = error.code if isinstance(error, CommandFailed) else codes.get(type(error), "INTERNAL")
    address = error.result.address if isinstance(error, CommandFailed) else "mac"
    what = f"{type(error).__name__}: {error}" if code == "INTERNAL" else str(error)
    report.outcome = Outcome.FAILED
    report.failures.append(Failure(address, code, what, _why(error, code), REMEDIES[code]))


def _why(error: Exception, code: str) -> str:
    """Of units that failed, the end of what they said."""
    if isinstance(error, CommandFailed) and code.startswith("ROLL"):
        return "\n        ".join(("it said:", *error.result.tail[-MOST_SAID - 1 : -1]))
    return "the work on this Mac ended there"


def _unreachable(report: MacReport, mac: Mac, error: ConnectError) -> None:
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
