"""The command: `vulkan-check run | health | once [--json] | prove [--json]`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import Any

from vulkan_check import report
from vulkan_check.measure import measure
from vulkan_check.proof import measure as proving
from vulkan_check.proof import report as proof_report
from vulkan_check.settings import BadSetting, Settings
from vulkan_check.verdict import verdict


def check(settings: Settings) -> dict[str, Any]:
    """Measure now; the result document."""
    findings = measure(settings, os.environ)
    return report.document(findings, verdict(findings, settings.accept), settings.accept)


def once(settings: Settings, as_json: bool) -> int:
    """Measure and print; 0 when accepted, 1 when not."""
    result = check(settings)
    print(json.dumps(result) if as_json else report.text(result), flush=True)
    return 0 if result["verdict"]["accepted"] else 1


def prove(settings: Settings, as_json: bool) -> int:
    """Prove and print; 0 when accepted, 1 when not."""
    result = proof_report.document(proving.prove(settings, os.environ), settings.accept)
    print(json.dumps(result) if as_json else proof_report.text(result), flush=True)
    return 0 if result["verdict"]["accepted"] else 1


def run(settings: Settings) -> int:
    """Measure once, put the result on record, then stay: the container's health tells the verdict, not its exit."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    settings.result.unlink(missing_ok=True)
    result = check(settings)
    report.write(settings.result, result)
    print(json.dumps(result), flush=True)
    while True:
        signal.pause()


def health(settings: Settings) -> int:
    """0 when an accepted result is on record; the reason on stdout."""
    judged = report.read_verdict(settings.result)
    print(f"{judged.code}: {judged.why}")
    return 0 if judged.accepted else 1


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and do it. 64 for a bad command line, 78 for a bad setting."""
    parser = argparse.ArgumentParser(prog="vulkan-check", description="Does this container compute on the GPU?")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("run", help="measure once, record the result, stay alive")
    verbs.add_parser("health", help="exit 0 when the recorded result is accepted")
    verbs.add_parser("once", help="measure now and print").add_argument("--json", action="store_true")
    proof = verbs.add_parser("prove", help="all jobs with known answers, and how fast they come")
    proof.add_argument("--json", action="store_true")
    try:
        chosen = parser.parse_args(arguments)
        settings = Settings.from_environment(os.environ)
    except BadSetting as error:
        print(f"vulkan-check: {error}", file=sys.stderr)
        return 78
    except SystemExit as end:
        return 64 if end.code else 0
    if chosen.verb == "once":
        return once(settings, chosen.json)
    if chosen.verb == "prove":
        return prove(settings, chosen.json)
    return run(settings) if chosen.verb == "run" else health(settings)


if __name__ == "__main__":
    sys.exit(main())
