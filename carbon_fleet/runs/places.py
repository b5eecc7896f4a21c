"""Where runs are kept: `STATE/runs/RUN/`, each with `report.json` and `journal.jsonl`."""

from pathlib import Path

from carbon_fleet.report.kept import state_directory

REPORT = "report.json"
JOURNAL = "journal.jsonl"


def runs_directory() -> Path:
    """The folder of all runs; it may not be there yet."""
    return state_directory() / "runs"


def run_directory(run: str) -> Path:
    """The folder of one run."""
    return runs_directory() / run
