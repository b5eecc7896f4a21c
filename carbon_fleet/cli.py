"""The command line: what each verb takes. What it does stands in `carbon_fleet/verbs/`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from carbon_fleet import __version__
from carbon_fleet.sim.cli import app as sim
from carbon_fleet.verbs.adopt_cli import add as add_adopt
from carbon_fleet.verbs.agent_cli import app as agent
from carbon_fleet.verbs.apply_cli import add as add_plan_and_apply
from carbon_fleet.verbs.doctor_cli import add as add_doctor
from carbon_fleet.verbs.ending import exit_code_of
from carbon_fleet.verbs.help import explain
from carbon_fleet.verbs.images_cli import app as images
from carbon_fleet.verbs.lock_cli import add as add_compat_and_lock
from carbon_fleet.verbs.mirror_cli import app as mirror
from carbon_fleet.verbs.options import Json, LabFile, Limit, LockWait, OneMac, Parallel, Quiet, Skip, TheMac
from carbon_fleet.verbs.options import Only as OnlyThese
from carbon_fleet.verbs.runs_cli import add as add_verbs_of_runs
from carbon_fleet.verbs.secret_cli import app as secret
from carbon_fleet.verbs.volume_cli import app as volume

app = typer.Typer(
    name="carbon-fleet",
    help="Labs of Apple Silicon Macs with GPU-accelerated Linux containers: made, verified, kept from drifting.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)
app.add_typer(sim, name="sim")
app.add_typer(secret, name="secret")
app.add_typer(volume, name="volume")
app.add_typer(images, name="images")
app.add_typer(mirror, name="mirror")
app.add_typer(agent, name="agent")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"carbon-fleet {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which this is.")
    ] = False,
) -> None:
    """Labs of Apple Silicon Macs with GPU-accelerated Linux containers: made, verified, kept from drifting."""


@app.command()
def validate(file: LabFile, json: Json = False) -> None:
    """Check a lab file; every mistake is named with its line. Exit 78 when it has any."""
    from carbon_fleet.plan.registry import lab_sections
    from carbon_fleet.verbs.validate import validate as verb

    raise typer.Exit(verb(file, lab_sections(), json))


@app.command()
def show(
    file: LabFile,
    mac: TheMac,
    origin: Annotated[bool, typer.Option("--origin", help="Say which line of which file set each value.")] = False,
    json: Json = False,
) -> None:
    """Print what a lab file says of one Mac, fully merged, built-in values included."""
    from carbon_fleet.plan.registry import lab_sections
    from carbon_fleet.verbs.show import show as verb

    raise typer.Exit(verb(file, mac, lab_sections(), origin, json))


@app.command()
def urls(
    file: LabFile,
    mac: OneMac = None,
    limit: Limit = [],  # noqa: B006
    everything: Annotated[bool, typer.Option("--all", help="Services that are off, too.")] = False,
    json: Json = False,
) -> None:
    """List what people open: each service's address, who reaches it, and the secret that lets them in."""
    from carbon_fleet.verbs.urls import urls as verb

    raise typer.Exit(verb(file, [*limit, *([mac] if mac else [])], everything=everything, json=json))


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it there instead.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether that file is current.")] = False,
    report: Annotated[bool, typer.Option("--report", help="That of Reports, which --json prints.")] = False,
) -> None:
    """Print the JSON Schema of lab files, for editors, or that of Reports."""
    from carbon_fleet.plan.registry import lab_sections
    from carbon_fleet.verbs.schema import schema as verb

    raise typer.Exit(verb(lab_sections(), output, check, report))


add_adopt(app)
add_plan_and_apply(app)


@app.command()
def rollback(
    file: LabFile,
    mac: TheMac,
    stack: str,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let a stack of one Mac run by the units, or the file, it had before. Exit 3: there are none, or you said no."""
    from carbon_fleet.verbs.rollback import rollback as verb

    raise typer.Exit(verb(file, mac, stack, yes=yes, json=json, quiet=quiet).exit_code)


@app.command()
def unlock(
    file: LabFile,
    mac: TheMac,
    identity: Annotated[str | None, typer.Option("--id", metavar="ID", help="Take the lock with this id away.")] = None,
) -> None:
    """Say who is changing a Mac; with --id, take away the lock of a run that is over. Exit 3: it is another one's."""
    from carbon_fleet.verbs.unlock import unlock as verb

    raise typer.Exit(verb(file, mac, identity))


@app.command()
def drift(
    file: LabFile,
    limit: Limit = [],  # noqa: B006
    only: OnlyThese = [],  # noqa: B006
    skip: Skip = [],  # noqa: B006
    fix: Annotated[
        bool, typer.Option("--fix", help="Undo what only the Macs changed (corrective); never replace.")
    ] = False,
    lock_wait: LockWait = None,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what on the Macs is not as the lab file says, and why. Exit 0 nothing, 2 drift, 5 unreachable or overdue.

    carbon-fleet drift lab.yml --limit canary --skip 'stack.*'
    """
    from carbon_fleet.verbs.drift import drift as verb
    from carbon_fleet.verbs.rollout import seconds_of

    wait = seconds_of("--lock-wait", lock_wait) or 0.0
    more: dict[str, Any] = {"parallel": parallel, "lock_wait": wait, "json": json, "quiet": quiet}
    raise typer.Exit(verb(file, limit, only=only, skip=skip, fix=fix, **more).exit_code)


@app.command()
def verify(
    file: LabFile,
    limit: Limit = [],  # noqa: B006
    tier: Annotated[
        list[str],
        typer.Option("--tier", help="Only tests of this depth: mac, vm or container; repeat it. Or gone."),
    ] = [],  # noqa: B006
    junitxml: Annotated[Path | None, typer.Option("--junitxml", help="Write the results as JUnit XML there.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look at the Macs independently, with testinfra: host, VM, containers, the GPU computing. Exit 100: failed."""
    from carbon_fleet.verbs.verify import verify as verb

    raise typer.Exit(verb(file, limit, tiers=tier, junitxml=junitxml, json=json, quiet=quiet).exit_code)


@app.command()
def prove(
    file: LabFile,
    mac: OneMac = None,
    limit: Limit = [],  # noqa: B006
    html: Annotated[Path | None, typer.Option("--html", help="Write the fleet's figures by chip there.")] = None,
    rebase: Annotated[bool, typer.Option("--rebase", help="Take what is measured now as each Mac's baseline.")] = False,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Prove that containers compute on the GPU: right numbers, right device, fast. Exit 100: not so, 2: slower."""
    from carbon_fleet.verbs.prove import prove as verb

    chosen = [*limit, *([mac] if mac else [])]
    raise typer.Exit(verb(file, chosen, html=html, rebase=rebase, parallel=parallel, json=json, quiet=quiet).exit_code)


@app.command()
def bench(
    file: LabFile,
    mac: OneMac = None,
    limit: Limit = [],  # noqa: B006
    model: Annotated[str | None, typer.Option("--model", help="A GGUF file: URL or path on this machine.")] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="The model's sha256; needed with --model.")] = None,
    repeats: Annotated[int, typer.Option(min=1, max=50, help="Rounds, each with every path once.")] = 3,
    prompt: Annotated[int, typer.Option(min=1, help="Tokens of the prompt.")] = 512,
    generate: Annotated[int, typer.Option(min=1, help="Tokens to generate.")] = 128,
    seconds: Annotated[int, typer.Option(min=10, help="How long one run may take before it counts as hung.")] = 900,
    parallel: Parallel = 8,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure llama.cpp on each Mac: tokens per second on the CPU, through Venus, and natively on Metal."""
    from carbon_fleet.verbs.bench import bench as verb

    chosen = [*limit, *([mac] if mac else [])]
    sizes = {"repeats": repeats, "prompt": prompt, "generate": generate, "seconds": seconds}
    report = verb(file, chosen, model=model, sha256=sha256, **sizes, parallel=parallel, json=json, quiet=quiet)
    raise typer.Exit(report.exit_code)


@app.command()
def matrix(
    file: LabFile,
    mac: OneMac = None,
    limit: Limit = [],  # noqa: B006
    starting: Annotated[
        bool, typer.Option("--try", help="Start what does not run, try it, and stop it again: all is left as found.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --try; needed off a terminal.")] = False,
    lock_wait: LockWait = None,
    parallel: Parallel = 60,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Try each container runtime a Mac has and say which computes on what, as measured, and why not where not."""
    from carbon_fleet.verbs.matrix import matrix as verb
    from carbon_fleet.verbs.rollout import seconds_of

    chosen = [*limit, *([mac] if mac else [])]
    wait = seconds_of("--lock-wait", lock_wait) or 0.0
    more: dict[str, Any] = {"parallel": parallel, "json": json, "quiet": quiet, "lock_wait": wait}
    raise typer.Exit(verb(file, chosen, starting=starting, yes=yes, **more).exit_code)


@app.command()
def evidence(
    file: LabFile,
    mac: TheMac,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where the evidence goes.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Start over, forgetting an interrupted run.")] = False,
    model: Annotated[str | None, typer.Option("--model", help="Run `bench` too, with this GGUF file.")] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", help="The model's sha256; needed with --model.")] = None,
    quiet: Quiet = False,
) -> None:
    """Collect evidence on a real Mac: one redacted file to send back. Resumes where it was cut off."""
    from carbon_fleet.verbs.evidence import evidence as verb

    raise typer.Exit(verb(file, mac, output=output, again=again, quiet=quiet, model=model, sha256=sha256))


@app.command()
def probe(file: LabFile, mac: TheMac) -> None:
    """Print what one Mac's probe answers, raw, with the milliseconds each section took."""
    from carbon_fleet.verbs.fleet import probe as verb

    raise typer.Exit(verb(file, mac))


add_compat_and_lock(app)
add_doctor(app)
add_verbs_of_runs(app)


@app.command()
def completion(
    shell: Annotated[str | None, typer.Argument(metavar="bash|zsh|fish", help="Else the one in SHELL.")] = None,
) -> None:
    """Print what makes your shell complete verbs, options, Macs, groups and runs."""
    from carbon_fleet.verbs.completion import completion as verb

    raise typer.Exit(verb(app, shell))


explain(app)


def main() -> None:
    """Run the command line."""
    sys.exit(exit_code_of(app))
