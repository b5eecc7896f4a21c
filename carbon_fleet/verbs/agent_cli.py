"""`carbon-fleet agent …`: what a Mac does by itself, as it is typed."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs.options import Json, Quiet

app = typer.Typer(
    help="What a Mac does by itself: fetch its lab, apply it to itself. And what publishes one.", no_args_is_help=True
)


@app.command()
def pull(
    source: Annotated[str, typer.Option("--from", metavar="URL", help="A git repository, or a bundle (….tar).")],
    signers: Annotated[
        Path, typer.Option("--signers", metavar="FILE", help="Whose signatures count (ssh-keygen's allowed signers).")
    ],
    mac: Annotated[str, typer.Option("--mac", metavar="NAME", help="This Mac, as the lab calls it.")],
    file: Annotated[str, typer.Option("--file", metavar="LAB", help="The lab file in it.")] = "lab.yml",
    branch: Annotated[str, typer.Option("--branch", help="The repository's branch.")] = "main",
    ca: Annotated[
        Path | None, typer.Option("--ca", metavar="FILE", help="Certificates that may vouch for an https server.")
    ] = None,
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

    said: dict[str, str | None] = {"url": source, "signers": str(signers.expanduser().absolute())}
    said |= {"file": file, "branch": branch, "window": window, "ca": str(ca.expanduser().absolute()) if ca else None}
    raise typer.Exit(verb(said, mac, state=state, json=json, quiet=quiet))


@app.command()
def publish(
    lab: Annotated[Path, typer.Argument(metavar="LAB", help="The lab file.")],
    key: Annotated[
        Path, typer.Option("--key", metavar="FILE", help="The ssh key that signs (a public one: by the ssh agent).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The bundle: ….tar")],
    more: Annotated[
        list[Path] | None, typer.Option("--with", metavar="FILE", help="Another file beside the lab file.")
    ] = None,
    serial: Annotated[
        int | None, typer.Option("--serial", min=1, help="Its number; else the time, and higher than the last.")
    ] = None,
) -> None:
    """Pack and sign a lab for Macs that fetch it over https: FILE and FILE.sig, to be put on a server together."""
    from carbon_fleet.verbs.publish import publish as verb

    raise typer.Exit(verb(lab, key, output, more=more or [], serial=serial))
