"""The command line of `doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing
from carbon_fleet.verbs.options import Json, LockWait, Parallel, Quiet


def add(app: typer.Typer) -> None:
    """Give `app` this verb."""
    app.command()(doctor)


def doctor(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[LAB]", help="The lab file (YAML); left out: this Mac, by inventories/local.yml."),
    ] = None,
    macs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MAC]...", help="Only these Macs: names, globs or groups.", autocompletion=completing.chosen
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Show the changes that mend what was found, ask, make them, look again.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With --fix: do not show and ask; needed off a terminal.")
    ] = False,
    bundle: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Write a redacted support bundle (.tar.gz) there.")
    ] = None,
    lock_wait: LockWait = None,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what is wrong with each Mac, why, and what mends it. Exit 0 nothing, 2 something, 5 unreachable.

    carbon-fleet doctor lab.yml mac-01 --fix
    """
    from carbon_fleet.verbs.doctor import doctor as verb
    from carbon_fleet.verbs.rollout import seconds_of

    wait = seconds_of("--lock-wait", lock_wait) or 0.0
    options = {"fix": fix, "yes": yes, "json": json, "quiet": quiet}
    report = verb(file, macs or [], bundle=bundle, lock_wait=wait, parallel=parallel, **options)
    raise typer.Exit(report.exit_code)
