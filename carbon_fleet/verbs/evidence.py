"""`evidence`: all that a person with a Mac runs to show what holds there, in one command; one file to send back."""

import getpass
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from carbon_fleet.evidence.collecting import Collecting, Say, document, to_stderr, write_document
from carbon_fleet.evidence.journal import BadState, State, place, read_state, write_state
from carbon_fleet.evidence.redact import Redactor
from carbon_fleet.evidence.steps import Asked
from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import lab_of, mac_of
from carbon_fleet.verbs.stop import Stop


def evidence(
    file: Path,
    mac: str,
    *,
    output: Path | None,
    again: bool,
    quiet: bool,
    model: str | None = None,
    sha256: str | None = None,
) -> int:
    """Run the steps that have not come to an end yet and write the file; 0 all went well, 4 some step did not."""
    lab = lab_of(file)
    wanted = mac_of(lab, mac)
    path = place(lab.name, wanted.name)
    say: Say = (lambda text: None) if quiet else to_stderr
    asked = Asked(file, wanted.name, quiet, model, sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(path.with_suffix(".lock"), timeout=0):
            return _collect(lab, wanted, asked, path, output, again, say)
    except Timeout:
        raise _stop(f"another `carbon-fleet evidence` runs for {wanted.name}: let it end") from None
    except (BadState, OSError) as error:
        raise _stop(f"evidence: {error}") from None


def _collect(lab: Lab, mac: Mac, asked: Asked, path: Path, output: Path | None, again: bool, say: Say) -> int:
    state = _begin(path, mac, again, say)
    target = output or Path(f"carbon-fleet-evidence-{state.started.replace(':', '').replace('-', '')[:15]}Z.json")
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise _stop(f"--output {target}: name a file in a folder that is there", Exit.USAGE)
    redactor = Redactor(names(lab, mac))
    try:
        Collecting(asked, state, path, redactor, say).run()
    except KeyboardInterrupt:
        print(
            "interrupted: the same command goes on with the step that was cut off; --again starts over", file=sys.stderr
        )
        return Exit.INTERRUPTED
    value = document(state, redactor, simulated=mac.accept_software_gpu)
    write_document(target, value)
    bad = [step["name"] for step in value["steps"] if not step["ok"]]
    about = f"{value['tier']}, {len(value['steps'])} steps, {value['seconds']:.0f} s"
    print(f"{target}: {about}; look at it, then send it back")
    if bad:
        print(f"not ok: {', '.join(bad)} (that is evidence, too); to try anew: --again", file=sys.stderr)
    return Exit.SOME_FAILED if bad else Exit.OK


def _begin(path: Path, mac: Mac, again: bool, say: Say) -> State:
    state = None if again else read_state(path)
    ours = version("carbon-fleet")
    if state is not None and (state.wish, state.version) != (mac.digest, ours):
        say("the lab file or carbon-fleet has changed since the last run: starting over")
        state = None
    elif state is not None:
        say("going on from the last run" if not state.complete else "every step was run before; --again starts over")
    if state is None:
        state = State(ours, mac.digest, datetime.now(UTC).isoformat(timespec="seconds"))
        write_state(path, state)
    return state


def names(lab: Lab, mac: Mac) -> dict[str, str]:
    """What must not be in the file: this lab's, this Mac's and this machine's own names."""
    found = {str(lab.path): "<lab file>", str(lab.path.resolve()): "<lab file>", str(Path.home()): "<home>"}
    found |= dict.fromkeys(lab.macs, "<mac>")
    found |= {other.host: "<host>" for other in lab.macs.values()}
    found |= {other.user: "<user>" for other in lab.macs.values() if other.user}
    found |= {lab.name: "<lab>", platform.node(): "<host>", platform.node().partition(".")[0]: "<host>"}
    with suppress(OSError, KeyError):
        found[getpass.getuser()] = "<user>"
    return {**found, **({str(mac.key): "<key file>"} if mac.key else {})}


def _stop(text: str, code: int = Exit.WE_FAILED) -> Stop:
    print(text, file=sys.stderr)
    return Stop(code)
