"""`images sbom`: what is in an image of ours, as CycloneDX JSON."""

import sys
from pathlib import Path

from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import Exit, Failure, MacReport, Report
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.snapshot import Guest
from carbon_fleet.spec import Mac
from carbon_fleet.spec.keys import nearest
from carbon_fleet.verbs.choice import lab_of, mac_of, usage
from carbon_fleet.verbs.cyclonedx import written
from carbon_fleet.verbs.stop import Stop
from operations.image import sbom
from operations.image.recipe import Recipe, recipes
from operations.image.sbom import Contents


def bill(file: Path, name: str, image: str) -> int:
    """Print the bill of materials of the image `image` of a Mac. Returns the exit code."""
    if not _library():
        print("a bill of materials needs cyclonedx-python-lib: pip install 'carbon-fleet[sbom]'", file=sys.stderr)
        raise Stop(Exit.USAGE)
    lab = lab_of(file)
    mac = mac_of(lab, name)
    recipe = _recipe(mac, image)
    found: list[Contents] = []
    reports = run_fleet(
        lab,
        [mac],
        lambda session, report: found.append(_look(session, report, recipe)),
        parallel=1,
        done=lambda _: None,
    )
    for failure in reports[0].failures:
        print(f"{failure.code}: {failure.what}; {failure.why}; {failure.remedy}", file=sys.stderr)
    for contents in found:
        print(written(image, contents), flush=True)
    return Report("images sbom", lab.name, str(file), "", macs=reports).exit_code


def _library() -> bool:
    from importlib.util import find_spec

    return find_spec("cyclonedx") is not None


def _recipe(mac: Mac, image: str) -> Recipe:
    found = {recipe.name: recipe for recipe in recipes(mac)}
    if image not in found:
        raise usage(f"{mac.name} has no image `{image}` of ours: {nearest(image, list(found))}")
    return found[image]


def _look(session: Session, report: MacReport, recipe: Recipe) -> Contents:
    remedy = f"run `carbon-fleet apply LAB --limit {session.mac.name}`, then this again"
    if session.snapshot().guest is not Guest.REACHED:
        what = "there is no running virtual machine to look into"
        raise Trouble(Failure("machine", "GUEST_STOPPED", what, "the image is inside it", remedy))
    ran = session.ask(sbom.look(recipe.tag))
    if ran.status != 0:
        what = next((line for line in reversed((*ran.out, *ran.err)) if line.strip()), f"status {ran.status}")
        raise Trouble(Failure(f"image.{recipe.name}", "NO_SBOM", what, "the image could not be looked into", remedy))
    return sbom.read(ran.out)
