"""`carbon-fleet volume …`: what each of its verbs takes."""

from pathlib import Path
from typing import Annotated

import typer

from carbon_fleet.verbs import completing

app = typer.Typer(help="Volumes of the stacks: list, export, import, with checksums.", no_args_is_help=True)

LabFile = Annotated[Path, typer.Argument(metavar="LAB", help="The lab file (YAML).")]
MacName = Annotated[str, typer.Argument(metavar="MAC", help="The Mac.", autocompletion=completing.macs)]
VolumeName = Annotated[str, typer.Argument(metavar="VOLUME", help="The volume, as `volume list` names it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the Report as JSON.")]
OfRuntime = Annotated[
    str | None,
    typer.Option(
        "--runtime",
        metavar="podman|docker|apple-container|native",
        help="Whose volume, where several have one so named.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]


@app.command("list")
def listed(file: LabFile, mac: MacName, json: Json = False, quiet: Quiet = False) -> None:
    """Name the volumes of a Mac: whose each is, how large, and which containers use it."""
    from carbon_fleet.verbs.volume import listed as verb

    raise typer.Exit(verb(file, mac, json=json, quiet=quiet).exit_code)


@app.command("export")
def exported(
    file: LabFile,
    mac: MacName,
    volume: VolumeName,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The tar file; else MAC-VOLUME.tar.")] = None,
    runtime: OfRuntime = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Copy a volume into a tar file here; its sha256 is computed at both ends."""
    from carbon_fleet.verbs.volume import exported as verb

    raise typer.Exit(verb(file, mac, volume, output, runtime, json=json, quiet=quiet).exit_code)


@app.command("import")
def imported(
    file: LabFile,
    mac: MacName,
    volume: VolumeName,
    source: Annotated[Path, typer.Option("--input", "-i", help="The tar file.")],
    replace: Annotated[bool, typer.Option("--replace", help="What is in the volume now may be lost.")] = False,
    runtime: OfRuntime = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fill a volume from a tar file: wholly, once its sha256 was found right over there, or not at all."""
    from carbon_fleet.verbs.volume import imported as verb

    raise typer.Exit(verb(file, mac, volume, source, runtime, replace=replace, json=json, quiet=quiet).exit_code)
