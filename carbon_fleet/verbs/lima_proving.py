"""The proof of a Mac that runs by an instance of Lima or Colima: in a container of its own engine, gone after it."""

from carbon_fleet.engine.steps import Refused
from carbon_fleet.matrix.runtimes import Seen
from carbon_fleet.matrix.trying import Tried, image_for, tried, try_command
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import CHECK_IMAGE, Unproven
from carbon_fleet.prove.document import Proof
from carbon_fleet.verbs.proving import Proving
from operations.image.recipe import Recipe
from operations.lima import RESOURCE as LIMA
from operations.lima import LimaSeen
from operations.stack.quadlet import Unit

AGAIN = "then prove again"


class LimaProving(Proving):
    """The same proof, judged and compared alike; only who is asked is another."""

    def _unit(self) -> Unit | None:
        self.recipe: Recipe = _recipe(image_for(self.session.mac))
        return None

    def _ready(self, world: World, unit: Unit | None) -> None:
        refusals = tuple(one for one in LIMA.findings(world) if isinstance(one, Refusal))
        if refusals:
            raise Refused(refusals)
        seen: LimaSeen = LIMA.observe(world.snapshot)
        one = seen.instance
        assert one is not None, "its resource refuses where there is none"  # noqa: S101
        self.seen = Seen(self.session.mac.runtime, True, one.version, True, seen.program, "", one.name, "", one.kind)

    def _answer(self, unit: Unit | None) -> Proof:
        software = self.session.mac.accept_software_gpu
        result = tried(self.session.ask(try_command(self.seen, self.recipe, software=software)).out)
        return proof_in(result, self.recipe, self.seen)


def _recipe(found: Recipe | None) -> Recipe:
    if found is None:
        what = f"the lab file wishes no image {CHECK_IMAGE} on this Mac"
        raise Unproven("NO_PROOF_WISHED", what, f"write `images: {{{CHECK_IMAGE}: {{}}}}` for it, {AGAIN}")
    return found


def proof_in(result: Tried, recipe: Recipe, seen: Seen) -> Proof:
    """The document of a try; raises `Unproven` where there is none."""
    if result.image != "there":
        other = "is made from other inputs" if result.image == "other" else "is not there"
        what = f"the image {recipe.tag} {other} in {seen.name}{f': {result.said}' if result.said else ''}"
        raise Unproven("PROOF_NO_IMAGE", what, f"`carbon-fleet matrix LAB MAC` says by which command it comes, {AGAIN}")
    if result.hung:
        remedy = f"restart the instance {seen.name}, {AGAIN}"
        raise Unproven("PROOF_HUNG", f"a container in {seen.name} gave no answer within its deadline", remedy)
    if result.proof is None:
        remedy = f"look at it in {seen.name}, {AGAIN}"
        raise Unproven("PROOF_FAILED", f"a container in {seen.name} did not prove: {result.said}", remedy)
    return result.proof
