"""`carbon-fleet notify LAB|RUN`: tells people of drift and failure, through apprise."""

import logging
import os
import stat
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock

from carbon_fleet.report.document import Exit, Report
from carbon_fleet.report.message import Message, message
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.runs.told import Told, place, remember, told, why_not
from carbon_fleet.verbs.choice import lab_of, usage
from carbon_fleet.verbs.finding import ended_runs, found
from carbon_fleet.verbs.metrics import TOLD
from carbon_fleet.verbs.stop import Stop

URLS, FILE = "CARBON_NOTIFY_URLS", "CARBON_NOTIFY_FILE"
INSTALL = "uv tool install 'carbon-fleet[notify]'"


def notify(word: str, *, urls: Path | None, drift: bool, again: timedelta, pause: timedelta) -> int:
    """Send what a run found, where it is news. Returns 0 (sent, or nothing to send) or 1 (could not be sent)."""
    report = _report(word)
    targets = urls_of(urls)
    apprise = _apprise()
    news = message(report, drift=drift)
    place().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(place().with_suffix(".lock")):
        now = datetime.now(UTC)
        about = f"{report.lab} {report.verb}"
        reason = why_not(told().get(about), news.state, news.bad, now, again, pause)
        if reason is not None:
            return _said(f"not sent: {reason}", Exit.OK)
        failed = send(apprise, targets, news)
        if len(failed) < len(targets):
            remember(about, Told(news.state, news.bad, now.isoformat(timespec="seconds")))
    return _ended(failed, len(targets), news)


def send(apprise: Any, targets: Sequence[str], news: Message) -> list[str]:
    """Send to each; what of those that failed may be shown: which it was, and its scheme."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would print parts of the URL
    failed, kind = [], apprise.NotifyType.FAILURE if news.bad else apprise.NotifyType.SUCCESS
    for number, url in enumerate(targets, 1):
        one = apprise.Apprise()
        if not (one.add(url) and one.notify(title=news.title, body=news.body or news.title, notify_type=kind)):
            failed.append(f"{number} ({url.partition('://')[0]}://…)")
    return failed


def urls_of(file: Path | None) -> list[str]:
    """The URLs, from the file, else from the variables; never from the command line, which everybody can read."""
    named = file or (Path(os.environ[FILE]) if os.environ.get(FILE) else None)
    text = _text(named) if named else os.environ.get(URLS, "")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    targets = [word for line in lines for word in line.split()]
    for url in targets:
        HIDDEN.know(url)
    bad = [number for number, url in enumerate(targets, 1) if "://" not in url]
    if bad:
        raise usage(
            f"URL {bad[0]} of {len(targets)} is none: apprise's begin with SCHEME://, such as mailto:// or slack://"
        )
    if not targets:
        raise usage(
            f"nobody to tell: write apprise URLs, one a line, into a file and name it: {FILE}=FILE, or --urls FILE"
        )
    return targets


def _text(path: Path) -> str:
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise usage(f"{path}: everybody can read it, and URLs hold passwords: chmod go= {path}")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}") from None


def _report(word: str) -> Report:
    if Path(word).suffix not in (".yml", ".yaml"):
        return found(word)
    lab = lab_of(Path(word))
    return found("latest", ended_runs(lab.name, TOLD))


def _apprise() -> Any:
    try:
        import apprise
    except ImportError:
        print(f"apprise is not here: it comes with the extra `notify`: {INSTALL}", file=sys.stderr)
        raise Stop(Exit.WE_FAILED) from None
    return apprise


def _ended(failed: Sequence[str], count: int, news: Message) -> int:
    if failed:
        what = f"not sent to URL {', '.join(failed)} of {count}"
        return _said(f"{what}: try it by hand: apprise -vv -t test -b test URL", Exit.WE_FAILED)
    return _said(f"sent to {count}: {news.title}", Exit.OK)


def _said(text: str, code: int) -> int:
    print(HIDDEN.text(text), file=sys.stderr)
    return code
