"""The command line of what is done with runs that are over: report, history, diff, metrics, notify."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing

Which = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run (`latest`, its name), a report's file or folder, or `-`.",
        autocompletion=completing.runs,
    ),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write it there instead, whole or not at all.")]
Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
LabName = Annotated[str | None, typer.Option("--lab", metavar="NAME", help="Only runs of the lab of this name.")]


def add(app: typer.Typer) -> None:
    """Give `app` these verbs."""
    for verb in (report, history, diff, metrics, notify):
        app.command()(verb)


def report(
    run: Which,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, json, junit, openmetrics, jamf, munki or html.")
    ] = "text",
    mac: Annotated[str | None, typer.Option("--mac", metavar="MAC", help="Of this Mac alone.")] = None,
    output: Output = None,
) -> None:
    """Write a report that was made before again, in any format."""
    from carbon_fleet.verbs.report import report as verb

    raise typer.Exit(verb(run, form, mac, output))


def history(
    mac: Annotated[str | None, typer.Argument(metavar="MAC", help="Only runs that had this Mac.")] = None,
    lab: LabName = None,
    verb: Annotated[str | None, typer.Option("--verb", metavar="VERB", help="Only runs of this verb.")] = None,
    count: Annotated[int, typer.Option("-n", min=1, help="How many, the newest first.")] = 20,
    prune: Annotated[bool, typer.Option("--prune", help="Forget old runs instead.")] = False,
    keep_runs: Annotated[int | None, typer.Option("--keep-runs", min=1, help="With --prune: keep so many.")] = None,
    keep_days: Annotated[int | None, typer.Option("--keep-days", min=1, help="With --prune: keep so long.")] = None,
    json: Json = False,
) -> None:
    """List the runs that are kept on this machine, or forget old ones."""
    from carbon_fleet.verbs import history as verbs

    if prune:
        raise typer.Exit(verbs.prune(keep_runs, keep_days))
    raise typer.Exit(verbs.history(mac, lab=lab, verb=verb, count=count, json=json))


def diff(
    before: Annotated[
        str,
        typer.Argument(
            metavar="RUN1", help="A run; `tuesday`, `2 days ago`: the last before.", autocompletion=completing.runs
        ),
    ] = "latest~1",
    after: Annotated[
        str, typer.Argument(metavar="RUN2", help="The run that is compared with it.", autocompletion=completing.runs)
    ] = "latest",
    lab: LabName = None,
    json: Json = False,
) -> None:
    """Say what changed between two runs. Exit 0 nothing, 2 something."""
    from carbon_fleet.verbs.diff import diff as verb

    raise typer.Exit(verb(before, after, lab=lab, json=json))


def metrics(
    source: Annotated[str, typer.Argument(metavar="LAB|RUN", help="A lab file: the last run of each verb; or a run.")],
    output: Output = None,
) -> None:
    """Write what runs found as metrics for node_exporter's textfile collector."""
    from carbon_fleet.verbs.metrics import metrics as verb

    raise typer.Exit(verb(source, output))


def notify(
    source: Annotated[str, typer.Argument(metavar="LAB|RUN", help="A lab file: its last run; or a run.")],
    urls: Annotated[
        Path | None,
        typer.Option("--urls", metavar="FILE", help="Apprise URLs, one a line, in a file only you can read."),
    ] = None,
    failures: Annotated[bool, typer.Option("--failures", help="Drift alone is nothing to tell.")] = False,
    again: Annotated[
        int, typer.Option("--again", metavar="HOURS", min=0, help="Tell the same again after so long.")
    ] = 24,
    pause: Annotated[int, typer.Option("--pause", metavar="MINUTES", min=0, help="Nothing more often than this.")] = 10,
) -> None:
    """Tell people of drift and failure through apprise. Exit 0 sent or nothing to tell, 1 not sent."""
    from carbon_fleet.verbs.notify import notify as verb

    spans = {"again": timedelta(hours=again), "pause": timedelta(minutes=pause)}
    raise typer.Exit(verb(source, urls=urls, drift=not failures, **spans))
