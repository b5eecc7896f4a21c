"""An instance of Lima or Colima, where a Mac runs by it: asked by its own program, of itself and of its machine."""

import re
from collections.abc import Callable

import pytest
from testinfra.host import Host

from carbon_fleet.prove.deadline import patience
from carbon_fleet.prove.document import Foreign, read_proof
from carbon_fleet.prove.judge import judge
from carbon_fleet.spec import Mac
from carbon_fleet.verify.record import Recorder
from carbon_fleet.verify.wish import INPUTS_LABEL, AdoptedInstance

pytestmark = pytest.mark.remedy("see docs/lima.md; `carbon-fleet plan {lab}` names what its owner has to do")
RUNNING = re.compile(r'"status": ?"Running"')
Asked = Callable[..., str]


@pytest.fixture(scope="module")
def listing(mac: Host, lima_instance: AdoptedInstance) -> str:
    """The instance's line of its program's list; empty where it has none."""
    said = mac.run(f"{lima_instance.path} {lima_instance.program} list --json", deadline=25)
    assert said.rc == 0, said.stderr.strip() or f"its list ended with status {said.rc}"
    named = re.compile(rf'"name": ?"{re.escape(lima_instance.name)}"')
    return next((line for line in said.stdout.splitlines() if named.search(line)), "")


@pytest.fixture(scope="module")
def inside(mac: Host, listing: str, lima_instance: AdoptedInstance) -> Asked:
    """What a script says in the machine of an instance that runs: no other is entered, for that would start it."""
    if not RUNNING.search(listing):
        pytest.skip(f"the instance {lima_instance.name} does not run: nothing can be asked inside")

    def ask(script: str, *arguments: str, deadline: int = 30) -> str:
        words = lima_instance.inside(script, *arguments)
        said = mac.run(f"{lima_instance.path} {' '.join(['%s'] * len(words))}", *words, deadline=deadline)
        text: str = said.stdout
        return text

    return ask


def test_lima_instance_runs(listing: str, lima_instance: AdoptedInstance) -> None:
    assert listing, f"there is no instance {lima_instance.name}"
    assert RUNNING.search(listing), f"the instance {lima_instance.name} does not run"


def test_lima_instance_runs_by_krunkit(mac: Host, lima_instance: AdoptedInstance) -> None:
    said = mac.run(f'grep -E "^vmType:" {lima_instance.yaml}').stdout
    found = said.strip() or "no vmType"
    assert "krunkit" in said, f"the instance {lima_instance.name} has {found}: its guest has no GPU"


def test_lima_guest_has_a_render_node(inside: Asked, lima_instance: AdoptedInstance) -> None:
    said = inside("test -c /dev/dri/renderD128 && echo there")
    assert "there" in said, f"there is no /dev/dri/renderD128 in {lima_instance.name}"


def test_lima_containers_compute_on_the_gpu(
    inside: Asked, lima_instance: AdoptedInstance, wish: Mac, recorder: Recorder
) -> None:
    recipe, engine = lima_instance.recipe, lima_instance.engine
    if recipe is None:
        pytest.skip("the lab file wishes no image vulkan-check here: that containers compute on the GPU is not shown")
    if f'"{INPUTS_LABEL}": "{recipe.digest}"' not in inside(engine, "image", "inspect", recipe.tag):
        pytest.skip(f"the image {recipe.tag} is not in {lima_instance.name}: nothing was computed")
    accept = "software" if wish.accept_software_gpu else "apple"
    run = ("run", "--rm", "--name", "carbon-fleet-verify", "--device", "/dev/dri", "--env", f"CARBON_ACCEPT={accept}")
    said = inside(engine, *run, recipe.tag, "prove", "--json", deadline=patience({}))
    try:
        proof = read_proof(said)
    except Foreign as foreign:
        inside(engine, "rm", "-f", "carbon-fleet-verify")
        pytest.fail(f"vulkan-check proved nothing in {lima_instance.name}: {foreign}", pytrace=False)
    against = judge(proof, accept_software=wish.accept_software_gpu).failures
    assert not against, "; ".join(f"{failure.code}: {failure.what}; {failure.remedy}" for failure in against)
    recorder.gpu(proof.device.name if proof.device else "none")
