"""`carbon-fleet secret …`: what each of its verbs takes."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing

app = typer.Typer(
    help="Secrets of the stacks: list, show, rotate. Values stand in no other output.", no_args_is_help=True
)

LabFile = Annotated[Path, typer.Argument(metavar="LAB", help="The lab file (YAML).")]
MacName = Annotated[str, typer.Argument(metavar="MAC", help="The Mac.", autocompletion=completing.macs)]
SecretName = Annotated[str, typer.Argument(metavar="NAME", help="The secret, as stacks name it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the Report as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]


@app.command("list")
def listed(
    file: LabFile,
    mac: Annotated[
        str | None, typer.Argument(metavar="MAC", help="This Mac alone.", autocompletion=completing.macs)
    ] = None,
    limit: Annotated[
        list[str], typer.Option("--limit", help="Only these Macs: names, globs or groups; repeat or join by commas.")
    ] = [],  # noqa: B006
    parallel: Annotated[int, typer.Option(min=1, help="How many Macs at a time.")] = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Name the secrets of the Macs, where each comes from, who uses it, and whether its copies agree."""
    from carbon_fleet.verbs.secret import listed as verb

    chosen = [*limit, *([mac] if mac else [])]
    raise typer.Exit(verb(file, chosen, parallel=parallel, json=json, quiet=quiet).exit_code)


@app.command()
def show(file: LabFile, mac: MacName, name: SecretName) -> None:
    """Print one secret of one Mac, and nothing else: `carbon-fleet secret show LAB MAC NAME | pbcopy`."""
    from carbon_fleet.verbs.secret import show as verb

    raise typer.Exit(verb(file, mac, name))


@app.command()
def rotate(file: LabFile, mac: MacName, name: SecretName, json: Json = False, quiet: Quiet = False) -> None:
    """Make a new value of a generated secret on the Mac, and restart just the containers that are given it."""
    from carbon_fleet.verbs.secret import rotate as verb

    raise typer.Exit(verb(file, mac, name, json=json, quiet=quiet).exit_code)
