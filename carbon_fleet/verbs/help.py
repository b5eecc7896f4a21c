"""What `--help` shows beside the options: where each verb belongs, and how it is used."""

from collections.abc import Iterator

import typer

PANELS = {
    "The lab file": ("adopt", "validate", "show", "urls", "schema"),
    "Making it so": (
        "plan",
        "apply",
        "resume",
        "rollback",
        "lock",
        "unlock",
        "images",
        "secret",
        "volume",
        "mirror",
        "agent",
    ),
    "Looking": ("drift", "doctor", "compat", "verify", "prove", "bench", "matrix", "evidence", "probe"),
    "Leaving": ("destroy",),
    "Afterwards": ("report", "history", "diff", "metrics", "notify"),
    "Without a Mac": ("sim", "completion"),
}
"""The panels of `carbon-fleet --help`, in their order."""
EXAMPLES = {
    "adopt": ("adopt lab@10.0.0.11 -o lab.yml", "adopt local --name this-mac"),
    "validate": ("validate lab.yml",),
    "show": ("show lab.yml mac-01 --origin",),
    "urls": ("urls lab.yml mac-01",),
    "schema": ("schema -o lab.schema.json", "schema --report"),
    "plan": ("plan lab.yml", "plan lab.yml -o monday.plan --limit canary", "plan lab.yml --only 'stack.*'"),
    "apply": (
        "apply lab.yml",
        "apply monday.plan",
        "apply lab.yml --yes --canary by-class --serial 25% --max-failures 2",
    ),
    "resume": ("resume --yes", "resume 20261121T153317Z-3fa9c1 --yes"),
    "rollback": ("rollback lab.yml mac-01 carbon-compute",),
    "compat": ("compat lab.yml", "compat lab.yml mac-01 --json"),
    "lock": (
        "lock lab.yml",
        "lock lab.yml --upgrade",
        "lock lab.yml --upgrade podman --limit canary --yes",
        "lock lab.yml --tap homebrew/core --into kept.git podman",
    ),
    "destroy": ("destroy lab.yml", "destroy lab.yml mac-01", "destroy lab.yml mac-01 --delete-volumes --yes"),
    "unlock": ("unlock lab.yml mac-01", "unlock lab.yml mac-01 --id 5d1c0f6be1a2407c"),
    "drift": ("drift lab.yml", "drift lab.yml --limit teaching --json", "drift lab.yml --fix"),
    "doctor": ("doctor lab.yml", "doctor lab.yml mac-01 --fix", "doctor", "doctor lab.yml --bundle support.tar.gz"),
    "verify": ("verify lab.yml", "verify lab.yml --tier container --limit mac-01", "verify lab.yml --junitxml out.xml"),
    "prove": ("prove lab.yml", "prove lab.yml --html fleet.html"),
    "bench": ("bench lab.yml mac-01", "bench lab.yml --model ./model.gguf --sha256 HEX"),
    "matrix": ("matrix lab.yml mac-01",),
    "evidence": ("evidence lab.yml mac-01 -o evidence.tar.gz",),
    "probe": ("probe lab.yml mac-01",),
    "report": ("report latest", "report latest --format html -o fleet.html", "report run/report.json --format junit"),
    "history": ("history mac-01", "history --verb apply -n 5", "history --prune --keep-days 90"),
    "diff": ("diff", "diff tuesday latest", "diff latest~1 latest --lab brisbane"),
    "metrics": ("metrics lab.yml -o /var/lib/node_exporter/textfile/carbon_fleet.prom",),
    "notify": ("notify lab.yml --urls ~/.config/carbon-fleet/apprise",),
    "images list": ("images list lab.yml",),
    "images build": ("images build lab.yml mac-01 --platform linux/arm64,linux/amd64",),
    "images push": ("images push lab.yml mac-01 --to registry.lab:5000/carbon",),
    "images outdated": ("images outdated lab.yml",),
    "images sbom": ("images sbom lab.yml mac-01 venus",),
    "agent pull": (
        "agent pull --from git@git.example:lab.git --signers ~/.config/carbon-fleet/allowed_signers --mac mac-01",
        "agent pull --from https://git.example/lab.git --signers ./signers --mac mac-01 --window 22:00-05:00",
        "agent pull --from https://www.example/lab.tar --ca ./ca.pem --signers ./signers --mac mac-01",
    ),
    "agent publish": (
        "agent publish lab.yml --key ~/.ssh/id_ed25519 -o lab.tar",
        "agent publish labs/mac-01.yml --key ./id_ed25519.pub -o /srv/www/mac-01.tar --with labs/units/own.service",
    ),
    "mirror build": (
        "mirror build lab.yml /srv/mirror",
        "mirror build lab.yml /srv/mirror --bottle-tag arm64_sequoia --prune",
    ),
    "mirror check": ("mirror check /srv/mirror", "mirror check /srv/mirror --remove"),
    "mirror serve": ("mirror serve /srv/mirror --listen 0.0.0.0:8480",),
    "secret list": ("secret list lab.yml",),
    "secret show": ("secret show lab.yml mac-01 jupyter-token",),
    "secret rotate": ("secret rotate lab.yml mac-01 jupyter-token",),
    "volume list": ("volume list lab.yml mac-01",),
    "volume export": ("volume export lab.yml mac-01 carbon-compute-home -o home.tar",),
    "volume import": ("volume import lab.yml mac-01 carbon-compute-home -i home.tar",),
    "completion": ("completion zsh", "completion bash", "completion fish"),
    "sim up": ("sim up --macs 20", "sim up --from podman-desktop", "sim up --vm real --images carbon"),
    "sim status": ("sim status",),
    "sim down": ("sim down --all",),
    "sim break": ("sim break --list", "sim break mac-01 macos-13"),
}
"""How each verb is used, without the program's name."""


def explain(app: typer.Typer) -> None:
    """Give every verb of `app` its panel and its examples."""
    panels = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}
    order = [verb for verbs in PANELS.values() for verb in verbs]
    for path, command in _commands(app):
        name = " ".join(path)
        if name in EXAMPLES:
            command.epilog = "\n\n".join(("Examples:", *(f"carbon-fleet {example}" for example in EXAMPLES[name])))
        if len(path) == 1:
            command.rich_help_panel = panels.get(name)
    for group in app.registered_groups:
        group.rich_help_panel = panels.get(str(group.name))
    app.registered_commands.sort(key=lambda command: order.index(_name(command)) if _name(command) in order else 99)


def _commands(
    app: typer.Typer, above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], typer.models.CommandInfo]]:
    for command in app.registered_commands:
        yield (*above, _name(command)), command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, (*above, str(group.name)))


def _name(command: typer.models.CommandInfo) -> str:
    return command.name or (command.callback.__name__.replace("_", "-") if command.callback else "")
