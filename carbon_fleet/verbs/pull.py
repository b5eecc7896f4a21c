"""`agent pull`: this Mac fetches its lab, and applies it to itself in its window; outside of it, looks for drift."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from carbon_fleet.pull.lab import Candidate, PulledLab
from carbon_fleet.pull.source import ADDRESS, Signed
from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report
from carbon_fleet.report.kept import state_directory
from carbon_fleet.runs.identity import controller, new_run
from carbon_fleet.runs.keep import keep
from carbon_fleet.spec.pulled import Pulled
from carbon_fleet.spec.window import Window
from carbon_fleet.verbs.choice import lab_of, usage
from carbon_fleet.verbs.output import show
from carbon_fleet.verbs.talk import Talk

APART = (ADDRESS,)
"""The agent that runs this: launchd would end us between taking it out and writing it."""


def pull(
    said: Mapping[str, object], mac: str, *, state: Path | None = None, json: bool = False, quiet: bool = False
) -> int:
    """Fetch what `said` names (the fields of `Pulled`), check it, apply it or look for drift; the exit code."""
    wanted, talk, began = _wanted(said), Talk(quiet), time.monotonic()
    if not mac or mac.startswith(".") or "/" in mac:
        raise usage(f"--mac {mac}: this is no name of a Mac")
    folder = (state or state_directory() / "pull" / mac).absolute()
    try:
        with _alone(folder):
            file, taken = _taken(folder, wanted, mac, talk)
            return _work(file, taken, wanted, mac, talk, json).exit_code
    except NotTaken as trouble:
        return _refused(trouble.failure, wanted, mac, began, json).exit_code


def _taken(folder: Path, wanted: Pulled, mac: str, talk: Talk) -> tuple[Path, Signed]:
    """The lab file that is in force now, and where it came from."""
    try:
        pulled = PulledLab(folder, wanted)
        talk.note(f"fetch {'' if wanted.bundle else f'{wanted.branch} of '}{wanted.url}")
        _certificates(wanted)
        candidate = pulled.fetch(_signers(wanted))
        _check(candidate, wanted, mac)
        pulled.take(candidate)
    except OSError as error:
        raise _unusable(folder, error) from error
    talk.note(f"{candidate.signed.what}, signed by {candidate.signed.signer}, is in force")
    return pulled.lab / wanted.file, candidate.signed


def _wanted(said: Mapping[str, object]) -> Pulled:
    try:
        return Pulled.model_validate(said)
    except ValidationError as error:
        fault = error.errors()[0]
        word = str(fault["loc"][0])
        text = fault["msg"].replace("{text}", str(said.get(word)))
        raise usage(f"--{'from' if word == 'url' else word}: {text}") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(str(folder / "busy"), timeout=0, thread_local=False)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock.acquire()
    except Timeout:
        why = "two at a time would take each other's files away"
        remedy = "wait for it; it ends by itself"
        failure = Failure(ADDRESS, "PULL_RUNNING", "another pull is at work on this Mac", why, remedy)
        raise NotTaken(failure) from None
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def _unusable(folder: Path, error: OSError) -> NotTaken:
    why = "what is fetched has to lie somewhere; nothing new is applied"
    remedy = f"see that {folder} can be written and its disk is not full"
    return NotTaken(Failure(ADDRESS, "LAB_NOT_FETCHED", f"{folder} cannot be used: {error}", why, remedy))


def _signers(wanted: Pulled) -> Path:
    why = "without it nobody's signature counts, and nothing is applied"
    remedy = "put the keys there of whoever may change this lab, a line each: `PRINCIPAL KEYTYPE KEY`"
    return _readable(wanted.signers, "AGENT_SIGNERS_MISSING", why, remedy)


def _certificates(wanted: Pulled) -> None:
    if wanted.ca is not None:
        why = "no server is believed without it, and nothing is fetched"
        remedy = "put the certificates there of whoever vouches for the server (PEM), or leave `--ca` out"
        _readable(wanted.ca, "AGENT_CA_MISSING", why, remedy)


def _readable(word: str, code: str, why: str, remedy: str) -> Path:
    path = Path(word).expanduser()
    try:
        path.read_bytes()
    except OSError as error:
        raise NotTaken(Failure(ADDRESS, code, f"{path} cannot be read: {error.strerror}", why, remedy)) from None
    return path


def _check(taken: Candidate, wanted: Pulled, name: str) -> None:
    """Refuse a lab that is not about this Mac alone; a mistake in it ends the verb with 78."""
    lab = lab_of(taken.tree / wanted.file)
    mac = lab.macs.get(name)
    if mac is None or not mac.local:
        has = "has no such Mac" if mac is None else f"reaches it at {mac.host}"
        why = "a Mac that fetches its lab changes itself, and no other"
        remedy = f"write `{name}: {{host: local}}` there, or another name behind --mac"
        raise NotTaken(Failure(ADDRESS, "LAB_NOT_OF_THIS_MAC", f"lab `{lab.name}` {has}: {name}", why, remedy))
    if mac.builder is not None:
        what = f"lab `{lab.name}` has the images of {name} built on {mac.builder.name}"
        why = "a Mac that fetches its lab enters no other, and has no key to one"
        remedy = f"write `build_on: null` at {name}, or bring its images in by digest (`images: {{NAME: {{pull: …}}}}`)"
        raise NotTaken(Failure(ADDRESS, "LAB_NEEDS_ANOTHER_MAC", what, why, remedy))


def _work(file: Path, taken: Signed, wanted: Pulled, mac: str, talk: Talk, json: bool) -> Report:
    window, now = Window.of(wanted.window), datetime.now(UTC)
    inside = window.holds(_wall(now))
    pulled = {**taken.told, "signer": taken.signer, "window": wanted.window, "inside": inside}
    more: dict[str, Any] = {"pulled": pulled, "json": json, "quiet": talk.quiet}
    if inside:
        return _apply(file, mac, skip=APART, **more)
    opens = window.opens(now, _wall)
    talk.note(f"{wanted.window} is not now: only a look for drift; it opens at {opens:%Y-%m-%d %H:%M}")
    return _drift(file, mac, **more)


def _apply(file: Path, mac: str, **more: Any) -> Report:
    """`apply` to this Mac, without a consent. Loaded only now: a lab that is not taken needs no engine."""
    from carbon_fleet.verbs.apply import apply

    return apply(file, [mac], [], **more)


def _drift(file: Path, mac: str, **more: Any) -> Report:
    from carbon_fleet.verbs.drift import drift

    return drift(file, [mac], **more)


def _wall(moment: datetime) -> datetime:
    """What this Mac's clock shows at a moment."""
    return moment.astimezone()


def _refused(failure: Failure, wanted: Pulled, mac: str, began: float, json: bool) -> Report:
    """The Report of a pull that took nothing, kept as all are. It names no lab: none was read."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    seconds = round(time.monotonic() - began, 3)
    part = MacReport(mac, Outcome.REFUSED, seconds, failures=[failure])
    options = {"branch": None if wanted.bundle else wanted.branch, "file": wanted.file, "window": wanted.window}
    report = Report("pull", "", wanted.url, now, seconds, macs=[part], run=new_run(), ended=now, options=options)
    report.controller = controller()
    try:
        keep(report)
    except OSError as error:
        print(f"this run is not kept: {error} (CARBON_STATE names another place)", file=sys.stderr)
    show(report, json=json)
    return report
