"""`bench`: llama.cpp on every path a Mac has, with one model and one set of settings, told as it goes."""

import sys
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.bench.model import BadModel, Model, wanted
from carbon_fleet.bench.paths import Settings
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import Exit, MacReport, Report
from carbon_fleet.verbs.benching import Benching
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk

PROMPT, GENERATE, SECONDS = 512, 128, 900


def bench(
    file: Path,
    chosen: Sequence[str],
    *,
    model: str | None,
    sha256: str | None,
    repeats: int,
    prompt: int = PROMPT,
    generate: int = GENERATE,
    seconds: int = SECONDS,
    parallel: int = 8,
    json: bool = False,
    quiet: bool = False,
) -> Report:
    """Measure the chosen Macs: `repeats` rounds of `prompt` and `generate` tokens, each command within `seconds`."""
    lab, talk = lab_of(file), Talk(quiet)
    macs = macs_of(lab, chosen)
    taken = _model(model, sha256)
    # Threads and software are each Mac's own.
    asked = Settings(taken.sha256, 0, prompt, generate, seconds)

    def work(session: Session, report: MacReport) -> None:
        Benching(session, report, talk.say, taken, asked, repeats).run()

    return run_verb("bench", lab, macs, work, parallel, talk, json)


def _model(model: str | None, sha256: str | None) -> Model:
    try:
        return wanted(model, sha256)
    except BadModel as error:
        print(error, file=sys.stderr)
        raise Stop(Exit.USAGE) from None
