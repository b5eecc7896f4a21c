"""launchctl, modelled: agents and daemons by label, loaded as they were read, and their programs really started.

launchctl(1), launchd.plist(5). What becomes of a job that is loaded is `launchd_jobs.py`'s. bootout answers before the
program has ended, and until then the job is still there. Intervals are kept and never come round; logging in loads
nothing.
"""

from __future__ import annotations

import os
import plistlib
import re
import signal
import sys

from . import launchd_jobs as jobs
from .disk import facts, fail, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_LOADED = 113
NO_DOMAIN = 125
"""What a Mac says of gui/UID while nobody is logged in at its screen (duh17/oppi#38, home-manager#4413)."""


def main(argv: list[str]) -> int:
    """bootstrap, bootout, enable, disable, print, print-disabled, kickstart, list, managername."""
    facts()
    verb, rest = (argv[1], argv[2:]) if len(argv) > 1 else ("list", [])
    verbs = {"bootstrap": _bootstrap, "bootout": _bootout, "print": _print, "kickstart": _kickstart, "list": _list}
    verbs |= {"print-disabled": _print_disabled, "managername": _managername}
    if verb in ("enable", "disable"):
        _may(_target(rest[0])[0])
        with jobs.store() as known:
            known["overrides"][_target(rest[0])[1]] = verb
    elif verb in verbs:
        verbs[verb](jobs.known(), rest)
    else:
        fail(f"Unrecognized subcommand: {verb}", 64)
    return 0


def _target(word: str) -> tuple[str, str]:
    """The domain and the label of a service target; the domain has to be the user's own, or the system's."""
    found = re.fullmatch(r"((?:gui|user)/501|system)(?:/(.+))?", word)
    if not found:
        fail(f"Unrecognized target specifier: {word}", 64)
    return found[1], found[2] or ""


def _may(domain: str) -> None:
    """The system's services are root's; anybody may look at them."""
    if domain == "system" and not os.environ.get("SIM_ROOT"):
        fail("Operation not permitted", 1)


def _closed(domain: str) -> bool:
    return domain.startswith("gui/") and fault("nobody-at-the-screen")


def _bootstrap(known: dict[str, Any], rest: list[str]) -> None:
    domain, path = _target(rest[0])[0], os.path.abspath(rest[1])
    _may(domain)
    if _closed(domain):
        fail("Bootstrap failed: 125: Domain does not support specified action", NO_DOMAIN)
    try:
        with open(path, "rb") as file:
            job = plistlib.load(file)
        label = job["Label"]
    except Exception:
        fail("Bootstrap failed: 5: Input/output error", 5)
    writable = os.stat(path).st_mode & 0o022
    background = "LimitLoadToSessionType" not in job and domain.startswith("user/")
    if (
        not jobs.fits(job)
        or writable
        or background
        or label in known["loaded"]
        or known["overrides"].get(label) == "disable"
    ):
        fail("Bootstrap failed: 5: Input/output error", 5)
    with jobs.store() as kept:
        kept["loaded"][label] = {"domain": domain, "path": path, "job": job}
        kept["ended"].pop(label, None)
    if jobs.starts_itself(job):
        jobs.start(label, job)


def _bootout(known: dict[str, Any], rest: list[str]) -> None:
    domain, label = _target(rest[0])
    _may(domain)
    if _closed(domain) or label not in known["loaded"]:
        fail("Boot-out failed: 3: No such process", 3)
    if not jobs.leave(label):
        with jobs.store() as kept:
            kept["loaded"].pop(label, None)
            kept["running"].pop(label, None)


def _service(known: dict[str, Any], word: str) -> tuple[str, dict[str, Any]]:
    domain, label = _target(word)
    if _closed(domain):
        fail("Domain does not support specified action", NO_DOMAIN)
    found = known["loaded"].get(label)
    if label and (found is None or found["domain"] != domain):
        fail(f'Bad request.\nCould not find service "{label}" in domain for user gui: 501', NOT_LOADED)
    return label, found or {}


def _print(known: dict[str, Any], rest: list[str]) -> None:
    label, found = _service(known, rest[-1])
    if not label:
        sys.stdout.write(f"{rest[-1]} = {{\n\ttype = login\n}}\n")
        return
    kind = "LaunchDaemon" if found["domain"] == "system" else "LaunchAgent"
    job, ended = found["job"], known["ended"].get(label, "(never exited)")
    pid = known["running"].get(label, {}).get("pid")
    lines = [f"path = {found['path']}", f"type = {kind}", f"state = {'running' if pid else 'not running'}"]
    lines += [*([f"pid = {pid}"] if pid else []), "environment = {"]
    lines += [f"\t{name} => {value}" for name, value in job.get("EnvironmentVariables", {}).items()]
    lines += ["}", _ended(ended)]
    lines += [f"run interval = {job['StartInterval']} seconds"] if "StartInterval" in job else []
    sys.stdout.write(f"{rest[-1]} = {{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n")


def _ended(status: int | str) -> str:
    """A number has its name where sysexits(3) has one; a signal is told instead of a number."""
    if isinstance(status, int) and status < 0:
        return f"last terminating signal = {signal.strsignal(-status)}: {-status}"
    return f"last exit code = {'78: EX_CONFIG' if status == jobs.EX_CONFIG else status}"


def _print_disabled(known: dict[str, Any], rest: list[str]) -> None:
    rows = "".join(f'\t\t"{label}" => {verb}d\n' for label, verb in sorted(known["overrides"].items()))
    sys.stdout.write(f"\n\tdisabled services = {{\n{rows}\t}}\n")


def _managername(known: dict[str, Any], rest: list[str]) -> None:
    sys.stdout.write(facts().get("MANAGER", "Background") + "\n")


def _kickstart(known: dict[str, Any], rest: list[str]) -> None:
    label, found = _service(known, rest[-1])
    jobs.start(label, found["job"])


def _list(known: dict[str, Any], rest: list[str]) -> None:
    rows = (
        f"{known['running'].get(label, {}).get('pid', '-')}\t{known['ended'].get(label, 0)}\t{label}\n"
        for label in sorted(known["loaded"])
    )
    sys.stdout.write("PID\tStatus\tLabel\n" + "".join(rows))
