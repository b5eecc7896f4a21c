"""`carbon-fleet sim`: up, status, down and break for simulated labs."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from carbon_fleet.sim import faults, starting
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.lifecycle import supervisor_pid, take_down
from carbon_fleet.sim.state import LabState, SimError, lab_states, state_home

app = typer.Typer(help="Simulated labs: Macs in sandboxes, to try everything without a Mac.", no_args_is_help=True)
_talk = Console(stderr=True, highlight=False)

Lab = Annotated[str, typer.Option("--lab", help="The lab's name; two labs can run side by side.")]
State = Annotated[Path | None, typer.Option("--state", help="Where labs live (default: the XDG state directory).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def _fail(error: SimError) -> "typer.Exit":
    _talk.print(f"error: {error}", markup=False, soft_wrap=True)
    return typer.Exit(1)


@app.command()
def up(
    lab: Lab = "lab",
    macs: Annotated[int, typer.Option(help="How many Macs.")] = 1,
    vm: Annotated[
        str,
        typer.Option(
            help="modelled: state only, for many Macs; real: real podman; emulated: a real podman machine in QEMU."
        ),
    ] = "modelled",
    linux: Annotated[int, typer.Option(help="How many Linux hosts with a GPU in appearance, beside the Macs.")] = 0,
    shell: Annotated[str, typer.Option(help="What /bin/sh is on the Macs: dash, bash, busybox, mksh.")] = "dash",
    images: Annotated[
        str | None, typer.Option(help="`carbon`: the lab's registry has simulated images of the carbon suite, too.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="What somebody left the Macs as, `list` names what there is."),
    ] = None,
    itself: Annotated[
        bool, typer.Option("--with-carbon-fleet", help="The Macs have carbon-fleet, to look at and change themselves.")
    ] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Bring a lab up; a running one is left as it is."""
    if start == "list":
        typer.echo("\n".join(starting.names()))
        return
    try:
        directory = LabState(state_home(state) / lab)
        running = supervisor_pid(directory) is not None
        _talk.print(f"lab {lab}: {'runs already' if running else f'bringing up {macs} Mac(s) with {vm} VMs'}")
        simulated = SimulatedLab.up(macs=macs, vm=vm, shell=shell, state=state, name=lab, itself=itself, linux=linux)
        if images:
            _put(images, simulated)
        if start and not running:
            for mac in simulated.macs:
                _talk.print(f"{mac.name}: as {start} leaves it")
                mac.start_from(start)
        document = simulated.status()
    except SimError as error:
        raise _fail(error) from None
    typer.echo(json.dumps(document, indent=1) if as_json else document["file"])


def _put(images: str, lab: SimulatedLab) -> None:
    """Put more images into the lab's registry. Raises SimError."""
    if images != "carbon":
        raise SimError(f"there are no images {images!r}: write `--images carbon`, or leave it out")
    from carbon_fleet.sim import carbon_image  # a lab with modelled VMs must not need what it imports

    carbon_image.put(lab.state.directory)


@app.command()
def status(
    lab: Annotated[str | None, typer.Option("--lab")] = None, state: State = None, as_json: Json = False
) -> None:
    """Show what runs; a lab whose supervisor died is named as such."""
    home = state_home(state)
    try:
        labs = [LabState(home / lab)] if lab else lab_states(home)
        documents = [SimulatedLab(one).status() for one in labs]
    except SimError as error:
        raise _fail(error) from None
    if as_json:
        typer.echo(json.dumps({"format_version": 1, "labs": documents}, indent=1))
        return
    for document in documents:
        typer.echo(_line(document))
    if not documents:
        _talk.print("no simulated lab; `carbon-fleet sim up` makes one")


def _line(document: dict[str, Any]) -> str:
    if document["supervisor"] is None:
        return f"{document['lab']}: its supervisor died; `carbon-fleet sim up --lab {document['lab']}` brings it back"
    up_now = sum(1 for mac in document["macs"] if mac["ssh"])
    machines = sum(1 for mac in document["macs"] if mac["vm"])
    counted = f"{up_now}/{len(document['macs'])} Macs up, {machines} VMs running ({document['vm']})"
    return f"{document['lab']}: {counted}, {document['file']}"


@app.command()
def down(
    lab: Lab = "lab",
    every: Annotated[bool, typer.Option("--all", help="Every lab.")] = False,
    state: State = None,
) -> None:
    """Take a lab down; nothing of it stays."""
    home = state_home(state)
    labs = lab_states(home) if every else [LabState(home / lab)]
    for one in labs:
        if not one.directory.exists():
            _talk.print(f"lab {one.lab}: not there")
            continue
        try:
            take_down(one)
        except SimError as error:
            raise _fail(error) from None
        _talk.print(f"lab {one.lab}: gone")


@app.command("break")
def break_(
    mac: Annotated[str | None, typer.Argument(help="The Mac.")] = None,
    fault: Annotated[str | None, typer.Argument(help="The fault, see --list.")] = None,
    lab: Lab = "lab",
    state: State = None,
    listed: Annotated[bool, typer.Option("--list", help="List the faults, and what doctor calls them.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Clear this Mac's lasting faults.")] = False,
) -> None:
    """Inject a fault into one Mac of a running lab."""
    if listed:
        width = max(len(name) for name in faults.FAULTS)
        named = {name: f" → {code}" for name, code in CODES.items()}
        lines = (f"{name:{width}}  {one.about}{named.get(name, '')}" for name, one in faults.FAULTS.items())
        typer.echo("\n".join(lines))
        return
    if mac is None or (fault is None and not clear):
        _talk.print("error: name a Mac and a fault: carbon-fleet sim break mac-01 vm-killed (faults: break --list)")
        raise typer.Exit(64)
    try:
        target = SimulatedLab(LabState(state_home(state) / lab)).mac(mac)
        target.mend() if clear else target.break_(str(fault))
    except SimError as error:
        raise _fail(error) from None
    _talk.print(f"{mac}: {'faults cleared' if clear else fault}")
