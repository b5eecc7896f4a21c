"""Runs one piece of work on every Mac of a lab, in parallel, without a barrier."""

from gevent import monkey

monkey.patch_all()

import logging  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from functools import partial  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.pool import Pool  # noqa: E402
from pyinfra import logger  # noqa: E402
from pyinfra.api import Config, Inventory, State  # noqa: E402
from pyinfra.api.exceptions import ConnectError  # noqa: E402

from carbon_fleet.connectors.ran import GaveUp  # noqa: E402
from carbon_fleet.engine.ends import failed, stopped, too_long, unreachable  # noqa: E402
from carbon_fleet.engine.interrupt import interruptible  # noqa: E402
from carbon_fleet.engine.inventory import hosts_of  # noqa: E402
from carbon_fleet.engine.mac_lock import Holding, MacLock  # noqa: E402
from carbon_fleet.engine.rules import Stopped  # noqa: E402
from carbon_fleet.engine.session import CommandFailed, Session  # noqa: E402
from carbon_fleet.engine.steps import Refused  # noqa: E402
from carbon_fleet.report.document import Failure, MacReport, Outcome  # noqa: E402
from carbon_fleet.report.trouble import Trouble  # noqa: E402
from carbon_fleet.runs.witness import NOBODY, Witness  # noqa: E402
from carbon_fleet.snapshot import Unreadable  # noqa: E402
from carbon_fleet.spec import Lab, Mac  # noqa: E402

CONNECT_SECONDS = 15
Work = Callable[[Session, MacReport], None]


def _never() -> bool:
    return False


def run_fleet(
    lab: Lab,
    macs: Sequence[Mac],
    work: Work,
    *,
    parallel: int,
    done: Callable[[MacReport], None],
    timing: bool = False,
    witness: Witness = NOBODY,
    hold: Callable[[], bool] = _never,
    stopping: Callable[[], bool] = _never,
    seconds: float | None = None,
    holding: Holding | None = None,
) -> list[MacReport]:
    """Connect to each Mac and do `work` on it; at most `parallel` at a time. `done` hears of each Mac as it ends.

    Whatever goes wrong on a Mac ends in its own MacReport and nowhere else. The reports come in the lab's order.
    `hold` is asked before each Mac: once it says yes, no further one begins (`NOT_REACHED`). `stopping` is asked before
    each Change (`STOPPED`). After `seconds` a Mac's work is ended where it is (`TIMEOUT`). The `witness` hears of all.
    A run that changes Macs is `holding` their locks: of each Mac before its first Change.
    """
    state = _state(lab, macs, parallel)
    pool = Pool(parallel)

    def one(mac: Mac) -> MacReport:
        report = MacReport(mac.name, spec=mac.digest, groups=list(mac.groups))
        began = time.monotonic()
        if hold():
            report.outcome = Outcome.NOT_REACHED
        else:
            witness.began(mac.name)
            session = _session(state.inventory.get_host(mac.name), mac, timing, witness)
            session.stopping, session.lab_lock = stopping, lab.lock
            if holding is not None:
                say = partial(witness.part, mac.name, "lock")
                session.lock = MacLock(mac.name, holding, session.ask, say, stopping=stopping)
            _one(state.inventory.get_host(mac.name), session, report, work, seconds)
        report.seconds = round(time.monotonic() - began, 3)
        witness.ended(report)
        done(report)
        return report

    # Those that others wait for come first, lest these take all the places and wait for ever.
    builders = {mac.builder.name for mac in macs if mac.builder is not None}
    ordered = sorted(macs, key=lambda mac: mac.name not in builders)
    with interruptible():
        reports = {report.mac: report for report in pool.imap(one, ordered)}
    return [reports[mac.name] for mac in macs]


def _state(lab: Lab, macs: Sequence[Mac], parallel: int) -> State:
    _quiet()
    # Names are resolved in threads: a few names that no server knows must not keep the rest waiting.
    gevent.get_hub().threadpool.maxsize = max(10, min(parallel, len(macs)))
    return State(Inventory((hosts_of(lab, macs), {})), Config(CONNECT_TIMEOUT=CONNECT_SECONDS))


def _quiet() -> None:
    """What pyinfra and paramiko would print of a failed connection stands in the report, said better."""
    logger.setLevel("CRITICAL")
    logging.getLogger("paramiko").setLevel("CRITICAL")
    gevent.get_hub().exception_stream = None


def _one(host: Any, session: Session, report: MacReport, work: Work, seconds: float | None) -> None:
    limit = gevent.Timeout(seconds)
    try:
        with limit:
            _connect(host)
            work(session, report)
    except gevent.Timeout as late:
        if late is not limit or seconds is None:
            raise
        too_long(report, seconds)
    except Stopped:
        stopped(report)
    except ConnectError as error:
        unreachable(report, session.mac, error)
    except Refused as refused:
        report.outcome = Outcome.REFUSED
        report.failures += [Failure.of(refusal) for refusal in refused.refusals]
    except Trouble as trouble:
        report.outcome = Outcome.FAILED
        report.failures.append(trouble.failure)
    except (CommandFailed, GaveUp, Unreadable) as error:
        failed(report, error)
    except Exception as error:  # one Mac's surprise must not be another's
        failed(report, error)
    finally:
        session.let_go()
        report.execs, report.results, report.probes = session.execs, session.results, session.probes
        _disconnect(host)


def open_session(lab: Lab, mac: Mac) -> tuple[Session, Callable[[], None]]:
    """A connection to a Mac of its own, beside any run's, and what ends it. Raises pyinfra's `ConnectError`."""
    state = State(Inventory((hosts_of(lab, [mac]), {})), Config(CONNECT_TIMEOUT=CONNECT_SECONDS))
    host = state.inventory.get_host(mac.name)
    _connect(host)
    return _session(host, mac), lambda: _disconnect(host)


def _session(host: Any, mac: Mac, timing: bool = False, witness: Witness = NOBODY) -> Session:
    def again() -> None:
        _disconnect(host)
        host.connected = False  # of a connection that is lost pyinfra may fail to take leave
        _connect(host)

    return Session(mac, host.connector, timing, again, witness)


def _connect(host: Any) -> None:
    late = ConnectError("no SSH handshake in time: the Mac is there but does not answer")
    with gevent.Timeout(2 * CONNECT_SECONDS, late):
        host.connect(show_errors=False, raise_exceptions=True)


def _disconnect(host: Any) -> None:
    try:
        host.disconnect()
    except Exception as error:  # a connection that is already gone
        logger.debug("disconnect: %s", error)
