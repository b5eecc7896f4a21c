"""What several verbs take on the command line. Imports nothing of theirs, so that `--help` loads none of it."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing

LabFile = Annotated[Path, typer.Argument(metavar="LAB", help="The lab file (YAML).")]
TheMac = Annotated[str, typer.Argument(metavar="MAC", help="The Mac.", autocompletion=completing.macs)]
OneMac = Annotated[str | None, typer.Argument(metavar="MAC", help="This Mac alone.", autocompletion=completing.macs)]
Limit = Annotated[
    list[str],
    typer.Option(
        "--limit",
        help="Only these Macs: names, globs or groups; repeat or join by commas.",
        autocompletion=completing.chosen,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the Report as JSON.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not show the plan and ask; needed off a terminal.")]
AllowReplace = Annotated[
    list[str],
    typer.Option("--allow-replace", metavar="MAC", help="Consent: another machine may take the place of this Mac's."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]
Parallel = Annotated[int, typer.Option(min=1, help="How many Macs at a time.")]
Only = Annotated[
    list[str], typer.Option("--only", metavar="ADDRESS", help="Only these resources: `stack`, `homebrew.formula.*`.")
]
Skip = Annotated[list[str], typer.Option("--skip", metavar="ADDRESS", help="All but these resources.")]
DeleteVolumes = Annotated[
    list[str],
    typer.Option(
        "--delete-volumes", metavar="MAC", help="Consent: volumes of this Mac no stack uses any more are removed."
    ),
]
LeaveData = Annotated[
    list[str],
    typer.Option(
        "--leave-data",
        metavar="MAC",
        help="Consent: what a replaced machine, or a stack that moves, holds stays where it is kept.",
    ),
]
PurgeOld = Annotated[
    list[str],
    typer.Option(
        "--purge-old", metavar="MAC", help="Consent: what is kept of replaced machines and moved stacks is removed now."
    ),
]
AllowMove = Annotated[
    list[str],
    typer.Option(
        "--allow-move", metavar="MAC", help="Consent: stacks of this Mac may move from one runtime to another."
    ),
]
Serial = Annotated[str | None, typer.Option("--serial", metavar="N|P%", help="So many Macs, then the next so many.")]
Canary = Annotated[
    str | None,
    typer.Option(
        "--canary",
        metavar="GROUP|by-class",
        help="These first, or one Mac of each chip, macOS and memory; the rest once their verify passed.",
        autocompletion=completing.canaries,
    ),
]
MaxFailures = Annotated[
    str | None,
    typer.Option("--max-failures", metavar="N|P%", help="So many Macs may fail; then no further one begins."),
]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="DURATION", help="How long each Mac may take: `30m`.")
]
LockWait = Annotated[
    str | None,
    typer.Option("--lock-wait", metavar="DURATION", help="Wait so long for a Mac that somebody else is changing."),
]
