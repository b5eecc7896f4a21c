"""The command line of `plan`, `apply`, `resume` and `destroy`."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing
from carbon_fleet.verbs.options import (
    AllowMove,
    AllowReplace,
    Canary,
    DeleteVolumes,
    Json,
    LabFile,
    LeaveData,
    Limit,
    LockWait,
    MaxFailures,
    Only,
    Parallel,
    PurgeOld,
    Quiet,
    Serial,
    Skip,
    Timeout,
    Yes,
)


def add(app: typer.Typer) -> None:
    """Give `app` these verbs."""
    for verb in (plan, apply, resume, destroy):
        app.command()(verb)


def plan(
    file: LabFile,
    limit: Limit = [],  # noqa: B006
    only: Only = [],  # noqa: B006
    skip: Skip = [],  # noqa: B006
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Keep the plan there, for `apply FILE`.")
    ] = None,
    delete_volumes: DeleteVolumes = [],  # noqa: B006
    leave_data: LeaveData = [],  # noqa: B006
    purge_old: PurgeOld = [],  # noqa: B006
    allow_move: AllowMove = [],  # noqa: B006
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what `apply` would do, Macs that need the same together. Exit 0 nothing, 2 something.

    carbon-fleet plan lab.yml -o friday.plan && carbon-fleet apply friday.plan
    """
    from carbon_fleet.verbs.plan import plan as verb

    chosen = file, limit, (delete_volumes, leave_data, purge_old, allow_move)
    report = verb(*chosen, only=only, skip=skip, output=output, parallel=parallel, json=json, quiet=quiet)
    raise typer.Exit(report.exit_code)


def apply(
    file: Annotated[
        Path, typer.Argument(metavar="LAB|PLAN", help="The lab file (YAML), or a file that `plan -o` wrote.")
    ],
    limit: Limit = [],  # noqa: B006
    only: Only = [],  # noqa: B006
    skip: Skip = [],  # noqa: B006
    yes: Yes = False,
    allow_replace: AllowReplace = [],  # noqa: B006
    delete_volumes: DeleteVolumes = [],  # noqa: B006
    leave_data: LeaveData = [],  # noqa: B006
    purge_old: PurgeOld = [],  # noqa: B006
    allow_move: AllowMove = [],  # noqa: B006
    serial: Serial = None,
    canary: Canary = None,
    max_failures: MaxFailures = None,
    timeout: Timeout = None,
    lock_wait: LockWait = None,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the Macs what the lab file says; with a plan file, what that says and no more.

    Exit 0 when they are, 2 something was left, 3 refused, 4 some failed, 5 unreachable.

    carbon-fleet apply friday.plan

    carbon-fleet apply lab.yml --canary by-class --serial 25% --max-failures 2
    """
    from carbon_fleet.verbs.apply import apply as verb
    from carbon_fleet.verbs.rollout import course_of, seconds_of

    report = verb(
        *(file, limit, allow_replace, (delete_volumes, leave_data, purge_old, allow_move)),
        only=only,
        skip=skip,
        ask=not yes,
        course=course_of(serial, canary, max_failures, timeout),
        lock_wait=seconds_of("--lock-wait", lock_wait) or 0.0,
        parallel=parallel,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(report.exit_code)


def resume(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run; the last apply where none is named.", autocompletion=completing.runs
        ),
    ] = None,
    yes: Yes = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take up again the Macs of a run that failed, were refused or unreachable, or were not reached.

    carbon-fleet resume --yes
    """
    from carbon_fleet.verbs.resume import resume as verb

    raise typer.Exit(verb(run, yes=yes, json=json, quiet=quiet))


def destroy(
    file: LabFile,
    macs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MAC]...", help="These alone.", autocompletion=completing.chosen),
    ] = None,
    limit: Limit = [],  # noqa: B006
    delete_volumes: Annotated[
        bool,
        typer.Option(
            "--delete-volumes", help="Consent: all volumes are destroyed, also what a move that was cut off has left."
        ),
    ] = False,
    found_nothing: Annotated[
        list[str] | None,
        typer.Option(
            "--found-nothing", metavar="MAC", help="You vouch: nothing of the lab's was there before; nobody noted it."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not show it and ask; needed off a terminal.")] = False,
    lock_wait: LockWait = None,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Leave the Macs as they were found: what was there before stays. Exit 3: consent is missing, or you said no."""
    from carbon_fleet.verbs.destroy import destroy as verb
    from carbon_fleet.verbs.rollout import seconds_of

    report = verb(
        *(file, [*limit, *(macs or [])]),
        delete_volumes=delete_volumes,
        found_nothing=found_nothing or [],
        yes=yes,
        lock_wait=seconds_of("--lock-wait", lock_wait) or 0.0,
        parallel=parallel,
        json=json,
        quiet=quiet,
    )
    raise typer.Exit(report.exit_code)
