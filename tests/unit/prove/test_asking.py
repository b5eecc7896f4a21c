"""How a Mac is asked, and every kind of answer that is no proof."""

from pathlib import Path

import pytest

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Where, World
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.prove.asking import Unproven, answered, check_unit, must_run, prove_command
from carbon_fleet.prove.deadline import GRACE, SECONDS
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac, load_lab
from operations.stack.quadlet import Unit
from tests.unit.prove.fixtures import FOLDER, proof

TEXT = (FOLDER / "ok-apple.json").read_text()
STACK = "{name: gpu, containers: {check: {image: vulkan-check, gpu: venus, environment: {CARBON_PROVE_SECONDS: '%s'}}}}"


def mac(folder: Path, stacks: str = "[vulkan-check]") -> Mac:
    """A Mac of a lab file that wishes these stacks."""
    path = folder / "lab.yml"
    path.write_text(f"lab: lab\ndefaults: {{user: lab, stacks: {stacks}}}\nmacs: {{mac-01: {{host: local}}}}\n")
    return load_lab(path, lab_sections()).mac("mac-01")


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return check_unit(mac(tmp_path))


def code(ran: Ran, unit: Unit) -> tuple[str, str]:
    """The code and words of an answer that is no proof."""
    with pytest.raises(Unproven) as caught:
        answered(ran, unit)
    assert caught.value.failure.remedy
    return caught.value.failure.code, caught.value.failure.what


def test_the_command_is_the_containers_own_with_both_deadlines(unit: Unit) -> None:
    command = prove_command(unit)
    assert str(command) == f"podman exec --env CARBON_PROVE_SECONDS={SECONDS:g} vulkan-check vulkan-check prove --json"
    assert (command.where, command.deadline) == (Where.GUEST, SECONDS + GRACE)


@pytest.mark.parametrize(
    ("said", "seconds"), [("7.5", "7.5"), ("600", "600"), ("no", "120"), ("-1", "120"), ("1e9", "120"), ("nan", "120")]
)
def test_the_stack_may_say_how_long(said: str, seconds: str, tmp_path: Path) -> None:
    command = prove_command(check_unit(mac(tmp_path, f"[{STACK % said}]")))
    assert f"CARBON_PROVE_SECONDS={seconds}" in command.argv
    assert command.argv[4] == "gpu-check"
    assert command.deadline >= float(seconds) + GRACE


@pytest.mark.parametrize("stacks", ["[]", "[{name: web, containers: {web: {image: 'docker.io/library/nginx:1'}}}]"])
def test_without_a_container_that_proves_there_is_no_proof(stacks: str, tmp_path: Path) -> None:
    with pytest.raises(Unproven) as caught:
        check_unit(mac(tmp_path, stacks))
    assert caught.value.failure.code == "NO_PROOF_WISHED"


@pytest.mark.parametrize(
    ("guest", "code"),
    [(Guest.ABSENT, "MACHINE_ABSENT"), (Guest.STOPPED, "MACHINE_STOPPED"), (Guest.UNREADABLE, "MACHINE_CLOSED")],
)
def test_a_machine_that_is_not_entered_is_said(guest: Guest, code: str, unit: Unit, tmp_path: Path) -> None:
    with pytest.raises(Unproven) as caught:
        must_run(World(mac(tmp_path), Snapshot("mac-01", guest=guest)), unit)
    assert caught.value.failure.code == code


@pytest.mark.parametrize("status", [0, 1])
def test_a_proof_is_read_whatever_it_says(status: int, unit: Unit) -> None:
    assert answered(Ran(status, tuple(TEXT.splitlines()), ()), unit) == proof("ok-apple")


def test_what_is_no_proof_has_its_code(unit: Unit) -> None:
    assert code(Ran(124, (), ()), unit)[0] == "PROOF_HUNG"
    assert code(Ran(124, tuple(TEXT.splitlines()), ()), unit)[0] == "PROOF_HUNG"
    assert code(Ran(0, ("Killed",), ()), unit)[0] == "PROOF_FOREIGN"
    assert code(Ran(1, (TEXT[:500],), ()), unit)[0] == "PROOF_FOREIGN"
    old = "vulkan-check: error: argument verb: invalid choice: 'prove' (choose from 'run', 'health', 'once')"
    assert code(Ran(64, (), ("usage: vulkan-check", old)), unit)[0] == "PROOF_TOO_OLD"
    assert code(Ran(78, (), ("vulkan-check: CARBON_ACCEPT is 'x'",)), unit) == (
        "PROOF_BAD_SETTING",
        "vulkan-check: CARBON_ACCEPT is 'x'",
    )
    for status in (2, 125, 126, 127, 137, 255):
        found, what = code(Ran(status, (), ("Error: container state improper", "")), unit)
        assert (found, what.endswith(f"status {status}: Error: container state improper")) == ("PROOF_FAILED", True)
    assert "it said nothing" in code(Ran(0, (), ()), unit)[1]
