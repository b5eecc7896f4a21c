"""`carbon-fleet mirror …`: what each of its verbs takes."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs.options import LabFile, Quiet

app = typer.Typer(
    help="A site mirror: all that Macs fetch, in one folder, for labs without the Internet.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the mirror.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def build(
    file: LabFile,
    folder: Folder,
    bottle_tag: Annotated[
        list[str],
        typer.Option("--bottle-tag", metavar="TAG", help="Bottles for this macOS, as Homebrew calls it; repeat."),
    ] = ["arm64_tahoe"],  # noqa: B006
    at: Annotated[
        list[str], typer.Option("--at", metavar="HOST=URL", help="Fetch what is on HOST there instead; repeat.")
    ] = [],  # noqa: B006
    prune: Annotated[bool, typer.Option("--prune", help="Remove what this mirror does not have any more.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch all that the lab's Macs would, checked by hashes. Again: only what is new. Exit 4: a piece is lacking."""
    from carbon_fleet.verbs.mirror import build as verb

    raise typer.Exit(verb(file, folder, bottle_tag, at, prune=prune, json=json, quiet=quiet))


@app.command()
def check(
    folder: Folder,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what is wrong; a build fetches it.")] = False,
    json: Json = False,
) -> None:
    """Read everything in a mirror and hold it against the manifest's hashes. Exit 2: something is not as it says."""
    from carbon_fleet.verbs.mirror import check as verb

    raise typer.Exit(verb(folder, remove=remove, json=json))


@app.command()
def serve(
    folder: Folder,
    listen: Annotated[
        str, typer.Option("--listen", metavar="ADDRESS:PORT", help="Where to answer; the Macs have to reach it.")
    ] = "127.0.0.1:8480",
    quiet: Quiet = False,
) -> None:
    """Answer Macs over http, read-only, until Ctrl-C: files, git, and container images as a registry has them."""
    from carbon_fleet.verbs.mirror import serve as verb

    raise typer.Exit(verb(folder, listen, quiet=quiet))
