"""launchctl, modelled: agents and daemons by label, loaded as they were read, and their programs really started.

launchctl(1), launchd.plist(5). A job runs in an environment of its own, and what it leaves running is ended with it
unless AbandonProcessGroup says otherwise. Intervals are kept and never come round; logging in loads nothing.
"""

from __future__ import annotations

import os
import plistlib
import re
import signal
import subprocess
import sys
import time

from .disk import SHARED, facts, fail, fault, read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STORE = f"{SHARED}/launchd.json"
NOT_LOADED = 113
NO_DOMAIN = 125
"""What a Mac says of gui/UID while nobody is logged in at its screen (duh17/oppi#38, home-manager#4413)."""


def main(argv: list[str]) -> int:
    """bootstrap, bootout, enable, disable, print, print-disabled, kickstart, list, managername."""
    facts()
    verb, rest = (argv[1], argv[2:]) if len(argv) > 1 else ("list", [])
    known: dict[str, Any] = read_json(_STORE, {"loaded": {}, "overrides": {}, "ended": {}})
    verbs = {"bootstrap": _bootstrap, "bootout": _bootout, "print": _print, "kickstart": _kickstart, "list": _list}
    verbs |= {"print-disabled": _print_disabled, "managername": _managername}
    if verb in ("enable", "disable"):
        _may(_target(rest[0])[0])
        known["overrides"][_target(rest[0])[1]] = verb
        write_json(_STORE, known)
    elif verb in verbs:
        verbs[verb](known, rest)
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
    if writable or background or label in known["loaded"] or known["overrides"].get(label) == "disable":
        fail("Bootstrap failed: 5: Input/output error", 5)
    known["loaded"][label] = {"domain": domain, "path": path, "job": job}
    write_json(_STORE, known)
    if job.get("RunAtLoad"):
        _start(label, job)


def _bootout(known: dict[str, Any], rest: list[str]) -> None:
    domain, label = _target(rest[0])
    _may(domain)
    if _closed(domain) or label not in known["loaded"]:
        fail("Boot-out failed: 3: No such process", 3)
    del known["loaded"][label]
    write_json(_STORE, known)


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
    lines = [f"path = {found['path']}", f"type = {kind}", "state = not running", "environment = {"]
    lines += [f"\t{name} => {value}" for name, value in job.get("EnvironmentVariables", {}).items()]
    lines += ["}", f"last exit code = {ended}"]
    lines += [f"run interval = {job['StartInterval']} seconds"] if "StartInterval" in job else []
    sys.stdout.write(f"{rest[-1]} = {{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n")


def _print_disabled(known: dict[str, Any], rest: list[str]) -> None:
    rows = "".join(f'\t\t"{label}" => {verb}d\n' for label, verb in sorted(known["overrides"].items()))
    sys.stdout.write(f"\n\tdisabled services = {{\n{rows}\t}}\n")


def _managername(known: dict[str, Any], rest: list[str]) -> None:
    sys.stdout.write(facts().get("MANAGER", "Background") + "\n")


def _kickstart(known: dict[str, Any], rest: list[str]) -> None:
    label, found = _service(known, rest[-1])
    _start(label, found["job"])


def _list(known: dict[str, Any], rest: list[str]) -> None:
    rows = (f"-\t{known['ended'].get(label, 0)}\t{label}\n" for label in sorted(known["loaded"]))
    sys.stdout.write("PID\tStatus\tLabel\n" + "".join(rows))


def _start(label: str, job: dict[str, Any]) -> None:
    """Start a job's program in the background, as launchd would: of no session, with an environment of its own."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)
    _run(label, job)
    os._exit(0)


def _run(label: str, job: dict[str, Any]) -> None:
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": os.path.expanduser("~"), "USER": "lab"}
    env |= job.get("EnvironmentVariables", {})
    for number, key in ((1, "StandardOutPath"), (2, "StandardErrorPath")):
        os.dup2(os.open(job.get(key, os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), number)
    process = subprocess.Popen(job["ProgramArguments"], env=env, cwd="/", start_new_session=True)
    status = process.wait()
    if not job.get("AbandonProcessGroup"):
        try:
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(1)
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    known = read_json(_STORE, {})
    if label in known.get("loaded", {}):
        known["ended"][label] = status
        write_json(_STORE, known)
