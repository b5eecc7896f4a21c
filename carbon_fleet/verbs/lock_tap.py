"""`lock --tap`: the locked formulae of a tap in a git repository of the lab's own. No Mac is contacted."""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.lock.keeping import taps_of, to_keep
from carbon_fleet.mirror.kept import Kept, KeptTap
from carbon_fleet.mirror.origin import Origin
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.report.exits import Exit
from carbon_fleet.spec import Lab, LockedSet
from carbon_fleet.spec.mirror import repository
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.outdated import places
from carbon_fleet.verbs.stop import Stop

FORMAT_VERSION = 1
CORE = "homebrew/core"


def lock_tap(
    file: Path,
    tap: str,
    into: Path | None,
    limit: Sequence[str],
    names: Sequence[str],
    at: Sequence[str],
    *,
    json: bool,
) -> int:
    """Have the locked formulae of `tap` in the repository `into`. Returns 0, or 4 where some cannot be held."""
    lab, place, tap = lab_of(file), places(at).get("github.com", "https://github.com"), tap.lower()
    if into is None:
        raise usage(f"--tap {tap}: say with `--into DIR` where the repository is to be")
    sets = _sets(lab, tap, limit)
    keeping = to_keep(sets, tap, names)
    url = f"{place.rstrip('/')}/{'Homebrew/homebrew-core' if tap == CORE else repository(tap)}"
    try:
        with tempfile.TemporaryDirectory(prefix="carbon-fleet-") as work:
            kept = KeptTap(into, tap).keep(keeping.keeps, Origin(Path(work) / "origin.git", url))
    except MirrorTrouble as trouble:
        print(trouble, file=sys.stderr)
        raise Stop(Exit.REFUSED) from None
    except OSError as error:
        raise usage(f"--into {into}: {error.strerror}: name a folder that can be written") from None
    kept.why_not = dict(sorted({**keeping.why_not, **kept.why_not}.items()))
    _say(_told(lab, tap, into, kept), json)
    return Exit.SOME_FAILED if kept.why_not else Exit.OK


def _sets(lab: Lab, tap: str, limit: Sequence[str]) -> list[LockedSet]:
    if lab.locked is None:
        raise usage(f"{lab.lock_path} is not there: `carbon-fleet lock {lab.path}` writes it")
    chosen = [mac.name for mac in macs_of(lab, limit)]
    sets = [each for mac in chosen if (each := lab.locked.of(mac)) is not None]
    if not sets:
        raise usage(f"the lock says nothing of {', '.join(chosen)}: `carbon-fleet lock {lab.path}` says why")
    if tap not in (taps := taps_of(sets)):
        raise usage(f"--tap {tap}: no locked formula of these Macs is of it; they are of {', '.join(taps) or 'none'}")
    return sets


def _told(lab: Lab, tap: str, into: Path, kept: Kept) -> dict[str, Any]:
    formulae = [
        {"name": one.name, "version": one.version, "bottles": dict(one.bottles), "needs": kept.needs[one.name]}
        for one in kept.formulae
    ]
    head = {"format_version": FORMAT_VERSION, "lab": lab.name, "tap": tap, "into": str(into)}
    why_not = [{"name": name, "why": why} for name, why in kept.why_not.items()]
    return {**head, "written": kept.written, "commit": kept.commit, "formulae": formulae, "not_held": why_not}


def _say(document: Mapping[str, Any], json: bool) -> None:
    try:
        print(dumps(document, indent=2) if json else _text(document), flush=True)
    except BrokenPipeError:
        forget_reader()


def _text(document: Mapping[str, Any]) -> str:
    lines = []
    for one in document["formulae"]:
        lines.append(f"{one['name']} {one['version']}: bottles for {', '.join(sorted(one['bottles']))}")
        if one["needs"]:
            lines.append(f"    needs {', '.join(one['needs'])}, which this does not hold: brew takes what is on offer")
    lines += [f"not held: {each['name']}: {each['why']}" for each in document["not_held"]]
    commit = document["commit"]
    state = (
        f"{'a commit more' if document['written'] else 'as it was'}: {commit[:12]}" if commit else "nothing is in it"
    )
    lines.append(f"{document['into']}: {state}")
    return "\n".join([*lines, *(_wish(document) if document["formulae"] else ())])


def _wish(document: Mapping[str, Any]) -> list[str]:
    """What the lab file then says: a tap of another name for Homebrew's own, else the tap's own name elsewhere."""
    if document["tap"] != CORE:
        where = f"  homebrew: {{tap_urls: {{{document['tap']}: WHERE}}}}"
        return ["in the lab file, WHERE being where the Macs reach that repository:", where]
    names = [one["name"] for one in document["formulae"]]
    words = ", ".join(f"{name}: null, OWNER/NAME/{name}: {{}}" for name in names)
    return [
        "in the lab file, OWNER/NAME being what the tap is to be called, WHERE where the Macs reach that repository:",
        "  homebrew:",
        "    taps: [libkrun/krun, OWNER/NAME]",
        "    tap_urls: {OWNER/NAME: WHERE}",
        f"    formulae: {{{words}}}",
    ]
