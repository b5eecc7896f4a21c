"""`carbon-fleet images …`: what each of its verbs takes."""

from typing import Annotated

import typer

from carbon_fleet.verbs import completing
from carbon_fleet.verbs.options import LabFile, Limit, Parallel, Quiet
from carbon_fleet.verbs.options import OneMac as Only

app = typer.Typer(help="Images of the lab: list, build, push to a registry, find newer bases.", no_args_is_help=True)

Platform = Annotated[
    list[str], typer.Option("--platform", metavar="linux/ARCH", help="For these platforms; repeat or join by commas.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def listed(
    file: LabFile,
    mac: Only = None,
    limit: Limit = [],  # noqa: B006
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Name the images the Macs should have, where each comes from, and whether it is there."""
    from carbon_fleet.verbs.images import listed as verb

    chosen = [*limit, *([mac] if mac else [])]
    raise typer.Exit(verb(file, chosen, parallel=parallel, json=json, quiet=quiet).exit_code)


@app.command()
def build(
    file: LabFile,
    mac: Only = None,
    limit: Limit = [],  # noqa: B006
    platform: Platform = [],  # noqa: B006
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build all images of the Macs' wishes in their machines, for themselves or for other platforms."""
    from carbon_fleet.verbs.images import build as verb

    chosen = [*limit, *([mac] if mac else [])]
    raise typer.Exit(verb(file, chosen, platform, parallel=parallel, json=json, quiet=quiet).exit_code)


@app.command()
def push(
    file: LabFile,
    mac: Annotated[
        str, typer.Argument(metavar="MAC", help="The Mac whose images are pushed.", autocompletion=completing.macs)
    ],
    to: Annotated[
        str | None, typer.Option("--to", metavar="REGISTRY/PREFIX", help="Where to; left out, the lab's `registry`.")
    ] = None,
    platform: Platform = [],  # noqa: B006
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Push a Mac's images to a registry and print the lines that pull them by digest."""
    from carbon_fleet.verbs.images import push as verb

    raise typer.Exit(verb(file, mac, to, platform, json=json, quiet=quiet).exit_code)


@app.command()
def outdated(
    file: LabFile,
    mac: Only = None,
    limit: Limit = [],  # noqa: B006
    at: Annotated[
        list[str], typer.Option("--at", metavar="HOST=URL", help="Ask there instead, such as a mirror; repeat.")
    ] = [],  # noqa: B006
    json: Json = False,
) -> None:
    """Name images pinned by digest whose tag has moved on. Exit 2: there are some, 4: a registry did not say."""
    from carbon_fleet.verbs.outdated import outdated as verb

    raise typer.Exit(verb(file, [*limit, *([mac] if mac else [])], at, json=json))


@app.command()
def sbom(
    file: LabFile,
    mac: Annotated[
        str, typer.Argument(metavar="MAC", help="The Mac that has the image.", autocompletion=completing.macs)
    ],
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="One of our images, by its name.")],
) -> None:
    """Print what is in an image, package by package, as CycloneDX JSON. Needs the extra `sbom`."""
    from carbon_fleet.verbs.sbom import bill

    raise typer.Exit(bill(file, mac, image))
