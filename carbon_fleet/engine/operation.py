"""The pyinfra operation behind every resource: takes the Snapshot, yields its differences' commands, forgets it."""

import logging
import time
from collections.abc import Generator
from functools import cache, partial
from pathlib import Path
from typing import Any

from paramiko import SSHException
from pyinfra import host, logger, state
from pyinfra.api import QuoteString, StringCommand, operation

from carbon_fleet import assets
from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.mac_lock import Holding, MacLock
from carbon_fleet.engine.noting import hold_and_note
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import NETWORK_GRACE, PROBE_SECONDS, line_for
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.plan import Command, Resource
from carbon_fleet.plan.found import Found
from carbon_fleet.plan.registry import lab_sections, probe_for, resources
from carbon_fleet.plan.selection import NoSuchResource, selection
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.runs.identity import controller
from carbon_fleet.snapshot import Snapshot, Unreadable, read_snapshot
from carbon_fleet.spec import Lab, LabError, Mac, load_lab
from carbon_fleet.store.deliver import deliver
from operations._moves import CONSENT as MOVE
from operations.machine.kept import PURGE
from operations.machine.replacement import LEAVE
from operations.stack.volumes import CONSENT


def _hidden(record: logging.LogRecord) -> bool:
    record.msg, record.args = HIDDEN.text(record.getMessage()), ()
    return True


logger.addFilter(_hidden)  # what a failing command printed is logged by pyinfra, as it is
_eyes: dict[tuple[int, str], "PyinfraEyes"] = {}


class PyinfraEyes:
    """One look at the Mac pyinfra is working on, shared by its operations. A refusal ends all that would follow."""

    def __init__(self, mac: Mac) -> None:
        """Nothing is looked at yet."""
        self.mac = mac
        self.refused = False
        self._seen: Snapshot | None = None
        self._executing = False
        self._looked = 0.0
        self.lock: MacLock | None = None
        self.journal: Found | None = None

    def snapshot(self) -> Snapshot:
        """The kept Snapshot; a new probe when there is none, or when what was seen before a prompt may be old."""
        if self._seen is None or self._executing != state.is_executing:
            self._executing, self._looked = bool(state.is_executing), time.monotonic()
            self._seen = read_snapshot(self.mac.name, self._probe())
        return self._seen

    def _probe(self) -> list[str]:
        script, seconds = probe_for(self.mac), int(PROBE_SECONDS)
        try:
            _, output = host.run_shell_command(StringCommand("/bin/sh -s"), _stdin=script, _timeout=seconds)
        except (OSError, EOFError, SSHException) as error:  # out of pyinfra these would end all hosts' runs
            raise Unreadable(f"the probe gave no answer: {error or f'not within {seconds} seconds'}") from error
        return list(output.stdout_lines)

    def ask(self, command: Command) -> Ran:
        """Run one command, and hand back what it said; pyinfra tells of its status only whether it was 0."""
        line, seconds = line_for(command, self.snapshot().hop, self.mac), int(command.deadline + NETWORK_GRACE)
        try:
            good, output = host.run_shell_command(StringCommand(line), _stdin=command.stdin or "", _timeout=seconds)
        except (OSError, EOFError, SSHException) as error:
            raise GaveUp(f"`{command}` gave no answer: {error}") from error
        return Ran(0 if good else 1, tuple(output.stdout_lines), tuple(output.stderr_lines))

    def hold(self) -> bool:
        """Hold the Mac's lock while pyinfra is connected to it; see `Session.hold`. A dry run holds nothing."""
        if not state.is_executing:
            return False
        if self.lock is None:
            holding = Holding(controller(), "pyinfra", "-", _seconds(host.data.get("lock_wait")))
            self.lock = MacLock(self.mac.name, holding, self.ask, partial(logger.info, "%s%s", host.print_prefix))
        return self.lock.hold(self._looked)

    def forget(self) -> None:
        """The next look probes again."""
        self._seen = None


@operation()
def converge(resource: Resource[Any, Any]) -> Generator[StringCommand, None, None]:
    """Make one resource of this host what its lab file says."""
    eyes = _eyes_of()
    if eyes.refused:
        host.noop(f"{resource.name}: not looked at, something before it refused")
        return
    if not resource.asked(eyes.mac):
        host.noop(f"{resource.name}: nothing of this Mac's runs by it")
        return
    changed = False
    try:
        rules = _rules(eyes)
        for change in converge_resource(resource, eyes.mac, eyes, rules):
            changed = True
            logger.info("%s%s: %s", host.print_prefix, change.address, change.reason)
            if state.is_executing:
                deliver(change, eyes.ask, partial(logger.info, "%s%s: %s", host.print_prefix, change.address))
            if change.bring is not None:
                yield _failing(f"{change.address}: {change.reason}; only `carbon-fleet apply LAB` brings it")
            for command in change.commands:
                yield _yielded(command, eyes)
    except (Refused, Trouble, GaveUp, Unreadable, NoSuchResource) as trouble:
        eyes.refused = True
        if not state.is_executing:
            logger.warning("%s%s", host.print_prefix, trouble)
        yield _failing(str(trouble))
        return
    if not changed:
        chosen = rules.selection.touches(resource.name)
        host.noop(f"{resource.name} {'is as the lab file says' if chosen else 'was not chosen'}")


def _rules(eyes: PyinfraEyes) -> Rules:
    only, skip = ([str(host.data.get(option) or "")] if host.data.get(option) else [] for option in ("only", "skip"))
    chosen = selection(only, skip, [resource.name for resource in resources()])
    consents = _consent(eyes.mac, "allow_replace"), _consents(eyes.mac)
    return Rules(*consents, hold=partial(hold_and_note, eyes), selection=chosen).over(eyes.mac)


def _yielded(command: Command, eyes: PyinfraEyes) -> StringCommand:
    try:
        line = line_for(command, eyes.snapshot().hop, eyes.mac)
    except GaveUp as error:
        return _failing(str(error))
    return StringCommand(line, _timeout=int(command.deadline + NETWORK_GRACE), _stdin=command.stdin or "")


def _failing(message: str) -> StringCommand:
    """A command that says `message` and fails: an exception would reach the user as a traceback, on all hosts."""
    return StringCommand("printf '%s\\n'", QuoteString(message), ">&2; exit 1")


def _seconds(said: object) -> float:
    text = str(said or "0")
    return float(text) if text.isdigit() else 0.0


def _eyes_of() -> PyinfraEyes:
    key = (id(state), host.name)
    if key not in _eyes:
        _eyes[key] = PyinfraEyes(_mac())
    return _eyes[key]


def _mac() -> Mac:
    lab = _lab(Path(host.data.get("carbon_lab") or assets.root() / "inventories" / "local.yml"))
    name = host.data.get("carbon_mac")
    mac = lab.mac(name) if name else next(iter(lab.macs.values()))
    return with_given(lab, [mac])[0]


def _consent(mac: Mac, data: str) -> bool:
    return mac.name in str(host.data.get(data) or "").split(",")


def _consents(mac: Mac) -> frozenset[str]:
    return frozenset(kind for kind in (CONSENT, LEAVE, PURGE, MOVE) if _consent(mac, kind.replace("-", "_")))


@cache
def _lab(path: Path) -> Lab:
    try:
        return load_lab(path, lab_sections())
    except LabError as error:
        raise SystemExit("\n".join(str(fault) for fault in error.errors)) from None
