"""`carbon-fleet agent …`: what a Mac does by itself, as it is typed."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs.options import Json, Quiet

app = typer.Typer(help="What a Mac does by itself: fetch its lab, and apply it to itself.", no_args_is_help=True)


@app.command()
def pull(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The git repository: https, ssh, a folder.")],
    signers: Annotated[
        Path, typer.Option("--signers", metavar="FILE", help="Whose signatures count (ssh-keygen's allowed signers).")
    ],
    mac: Annotated[str, typer.Option("--mac", metavar="NAME", help="This Mac, as the lab calls it.")],
    file: Annotated[str, typer.Option("--file", metavar="LAB", help="The lab file in the repository.")] = "lab.yml",
    branch: Annotated[str, typer.Option("--branch", help="The branch.")] = "main",
    window: Annotated[
        str, typer.Option("--window", metavar="HH:MM-HH:MM", help="Apply only then, by this Mac's clock.")
    ] = "00:00-24:00",
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help="Where what is fetched lies; else a folder of ours.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch this Mac's lab, check who signed it, apply it in its window, else look for drift. Nobody is asked.

    Exit as of `apply` or `drift`; 3: it was not taken, and the lab that was taken last stays in force.
    """
    from carbon_fleet.verbs.pull import pull as verb

    said = {"url": source, "signers": str(signers.expanduser().absolute())}
    said |= {"file": file, "branch": branch, "window": window}
    raise typer.Exit(verb(said, mac, state=state, json=json, quiet=quiet))
