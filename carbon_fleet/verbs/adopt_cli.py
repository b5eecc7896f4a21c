"""`carbon-fleet adopt`: what it takes on the command line."""

from pathlib import Path
from typing import Annotated, Any

import typer


def add(app: typer.Typer) -> None:
    """Give `app` the verb."""
    app.command()(adopt)


def adopt(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The Mac: `local`, HOST or USER@HOST; in no lab yet.")],
    port: Annotated[int | None, typer.Option("--port", help="The port of its SSH server.")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="FILE", help="The private key.")] = None,
    known_hosts: Annotated[
        str | None, typer.Option("--known-hosts", metavar="FILE", help="The file with its host key.")
    ] = None,
    lab: Annotated[str, typer.Option("--lab", metavar="NAME", help="The lab's name in the file.")] = "adopted",
    name: Annotated[str | None, typer.Option("--name", help="The Mac's name in the file; else its own.")] = None,
    machine: Annotated[
        str | None, typer.Option("--machine", help="Which Podman machine; else the one that runs, or the default one.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the lab file there.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Though that file is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document, the lab file in it.")] = False,
) -> None:
    """Read a Mac somebody set up by hand, once, and write the lab file that describes it. The Mac is not changed."""
    from carbon_fleet.verbs.adopt import adopt as verb

    user, at, address = host.rpartition("@")
    said: dict[str, Any] = {"host": address, "user": user if at else None, "port": port, "key": key}
    access = {word: value for word, value in {**said, "known_hosts": known_hosts}.items() if value is not None}
    options: dict[str, Any] = {"name": name, "machine": machine, "output": output, "overwrite": overwrite}
    raise typer.Exit(verb(access, lab=lab, json=json, **options))
