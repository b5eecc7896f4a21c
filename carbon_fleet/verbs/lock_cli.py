"""The command line of `compat` and `lock`."""

from pathlib import Path
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
        list[str] | None, typer.Argument(metavar="NAME…", help="With --upgrade or --tap: only these, such as `podman`.")
    ] = None,
    limit: Limit = [],  # noqa: B006
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Show what would move, why it may, and move it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --upgrade: do not ask.")] = False,
    tap: Annotated[
        str | None,
        typer.Option(
            "--tap", metavar="OWNER/NAME", help="Hold the locked formulae of this tap in a tap of the lab's own."
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="With --tap: the git repository, made when missing.")
    ] = None,
    at: Annotated[
        list[str], typer.Option("--at", metavar="HOST=URL", help="With --tap: github.com is there instead.")
    ] = [],  # noqa: B006
    json: Json = False,
) -> None:
    """Write LAB.lock.yml: what was seen working, of Macs whose last verify passed. Exit 4: not of all of them.

    With --tap: its formulae of one tap as a git repository that brew can clone, for when they are no longer on offer.
    """
    from carbon_fleet.verbs.choice import usage
    from carbon_fleet.verbs.lock import lock as verb
    from carbon_fleet.verbs.lock_tap import lock_tap

    if tap is not None and (upgrade or yes):
        raise usage("--tap does not go with --upgrade: one moves the lock, the other holds what it says")
    if tap is None and (into is not None or at):
        raise usage("--into and --at go with --tap OWNER/NAME, such as --tap homebrew/core")
    if tap is not None:
        raise typer.Exit(lock_tap(file, tap, into, limit, names or [], at, json=json))

    raise typer.Exit(verb(file, limit, upgrade=upgrade, names=names or [], yes=yes, json=json))
