"""`prove`: is it the GPU, are its numbers right, is it as fast as it was? Told as it goes, ending in a Report."""

import sys
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.engine.session import Session
from carbon_fleet.matrix.trying import image_for
from carbon_fleet.prove.asking_metal import asked_of
from carbon_fleet.report.document import Exit, MacReport, Report
from carbon_fleet.report.html import html_of
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.cuda_proving import CudaProving
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.lima_proving import LimaProving
from carbon_fleet.verbs.metal_proving import MetalProving, alone
from carbon_fleet.verbs.proving import Proving
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk
from operations.runtimes import adopted, quadlet


def prove(
    file: Path, chosen: Sequence[str], *, html: Path | None, rebase: bool, parallel: int, json: bool, quiet: bool
) -> Report:
    """Prove the GPUs of the chosen Macs against their baselines, `rebase` taking new ones; `html` gets the page."""
    lab, talk = lab_of(file), Talk(quiet)
    macs = macs_of(lab, chosen)
    if html is not None and not html.absolute().parent.is_dir():
        print(f"--html {html}: there is no folder {html.absolute().parent}", file=sys.stderr)
        raise Stop(Exit.USAGE)

    def work(session: Session, report: MacReport) -> None:
        if session.mac.linux:
            CudaProving(session, report, talk.say).run()
            return
        if adopted(session.mac) and not quadlet(session.mac):
            if image_for(session.mac) is not None or not asked_of(session.mac):
                LimaProving(session, report, talk.say, rebase).run()
        elif not alone(session.mac):
            Proving(session, report, talk.say, rebase).run()
        if asked_of(session.mac):
            MetalProving(session, report, talk.say).run()

    report = run_verb("prove", lab, macs, work, parallel, talk, json)
    if html is not None:
        _write(html, html_of(report.as_dict()))
    return report


def _write(path: Path, page: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        print(f"{path}: cannot be written: {error.strerror}", file=sys.stderr)
        raise Stop(Exit.WE_FAILED) from None
