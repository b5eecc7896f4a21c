"""How a runtime that runs is tried: the proof in a container of it, and what came back; pure."""

import shlex
from dataclasses import dataclass

from carbon_fleet.matrix.look import script, section_in
from carbon_fleet.matrix.runtimes import APPLE, APPLEHV, COLIMA, DOCKER, LIBKRUN, LIMA, Seen
from carbon_fleet.plan import Command, mac
from carbon_fleet.prove.asking import CHECK_IMAGE
from carbon_fleet.prove.deadline import SECONDS, patience
from carbon_fleet.prove.document import Foreign, Proof, read_proof
from carbon_fleet.snapshot.section import DEADLINE_PASSED, Section
from carbon_fleet.spec import Mac
from operations.image.recipe import Recipe, recipe_of
from operations.lima.commands import engine

NODE = "/dev/dri"
_AROUND = 150
"""Seconds for the look at the image, a first run that is refused the device, and the removal."""


@dataclass(frozen=True)
class Tried:
    """What an engine's try gave: the state of the image there, the proof or why there is none."""

    image: str
    device_refused: str = ""
    """The engine's words when it had no render node to give; empty where it was given or never asked for."""
    proof: Proof | None = None
    hung: bool = False
    said: str = ""


def image_for(wanted: Mac) -> Recipe | None:
    """The image that proves, as this Mac's lab file wishes it; None when it wishes none."""
    return recipe_of(CHECK_IMAGE, wanted)


def try_command(seen: Seen, recipe: Recipe, *, software: bool) -> Command:
    """The one command that tries an engine that runs. `software` is the lab's `accept_software_gpu`."""
    variables, environment = variables_for(seen, recipe, software=software)
    text = script("try", ("matrix/try.sh",), variables)
    says = f"prove in a container of {seen.runtime}"
    return mac("/bin/sh", "-s", stdin=text, env=environment, deadline=around(), says=says)


def around() -> int:
    """Seconds that a try may take, all in all."""
    return 2 * patience({}) + _AROUND


def variables_for(seen: Seen, recipe: Recipe, *, software: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The shell variables of `files/matrix/try.sh`, and the environment that says which server is meant."""
    variables = {
        "CF_ENGINE": shlex.join(_engine(seen)),
        "CF_IMAGE": recipe.tag,
        "CF_DIGEST": recipe.digest,
        "CF_DEVICE": "" if seen.runtime == APPLE else NODE,  # `container run` knows no devices
        "CF_SECONDS": str(patience({})),
        "CF_PROVE_SECONDS": f"{SECONDS:g}",
        "CF_ACCEPT": "software" if software else "apple",
    }
    server = {DOCKER: "DOCKER_HOST", APPLEHV: "CONTAINER_CONNECTION", LIBKRUN: "CONTAINER_CONNECTION"}.get(seen.runtime)
    return variables, {server: seen.server} if server else {}


def _engine(seen: Seen) -> tuple[str, ...]:
    """The engine's command; Lima's and Colima's is in their virtual machine."""
    return engine(seen.runtime, seen.cli, seen.name) if seen.runtime in (LIMA, COLIMA) else (seen.cli,)


def tried(lines: tuple[str, ...]) -> Tried:
    """What a try's answer says. Raises `Unreadable` when it is not whole."""
    return tried_in(section_in(lines, "try"))


def tried_in(section: Section) -> Tried:
    """What a section says of a try."""
    image = section.need("image")
    if image != "there":
        return Tried(image, said=_last(section.err) if image == "absent" else "")
    refused = (_last(section.err) or "it did not say why") if section.get("device") == "refused" else ""
    return _proved(section, refused)


def _proved(section: Section, refused: str) -> Tried:
    block = section.blocks.get("proof")
    if block is None:
        return Tried("there", refused, said="it was not run")
    if block.status == DEADLINE_PASSED:
        return Tried("there", refused, hung=True)
    if block.status not in (0, 1) or not block.out:
        return Tried("there", refused, said=_last(block.err) or f"exit status {block.status}")
    try:
        return Tried("there", refused, read_proof(block.text))
    except Foreign as foreign:
        return Tried("there", refused, said=f"what it printed is no proof: {foreign}")


def _last(lines: tuple[str, ...]) -> str:
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
