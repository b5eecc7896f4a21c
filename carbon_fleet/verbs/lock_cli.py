"""The command line of `compat` and `lock`."""

from typing import Annotated

import typer

from carbon_fleet.verbs.options import Json, LabFile, Limit, OneMac, Parallel, Quiet


def add(app: typer.Typer) -> None:
    """Put the two verbs into `app`."""
    app.command()(compat)
    app.command()(lock)


def compat(
    file: LabFile,
    mac: OneMac = None,
    limit: Limit = [],  # noqa: B006
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say whether each Mac's versions go together: known good, known bad, unknown. Exit 0: all good, 2: not so."""
    from carbon_fleet.verbs.compat import compat as verb

    chosen = [*limit, *([mac] if mac else [])]
    raise typer.Exit(verb(file, chosen, parallel=parallel, json=json, quiet=quiet).exit_code)


def lock(
    file: LabFile,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME…", help="With --upgrade: only these things, such as `podman`.")
    ] = None,
    limit: Limit = [],  # noqa: B006
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Show what would move, why it may, and move it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --upgrade: do not ask.")] = False,
    json: Json = False,
) -> None:
    """Write LAB.lock.yml: what was seen working, of Macs whose last verify passed. Exit 4: not of all of them."""
    from carbon_fleet.verbs.lock import lock as verb

    raise typer.Exit(verb(file, limit, upgrade=upgrade, names=names or [], yes=yes, json=json))
