"""The stand-in podman against the real one: one list of commands, the same statuses, streams and files.

The stand-in, set to podman 5.4.2, is compared with what the real podman 5.4.2 of Debian trixie answered
(tests/transcripts); where that podman can run it is asked again, files and all. Here no machine is booted: what needs
one is in test_podman_contract_emulated. What may differ, and why, is the table ALIKE in contract_normal.
"""

import pytest

from carbon_fleet.sim import rootfs
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim import contract_normal as normal
from tests.sim.contract_sides import Answer, RealPodman, StandIn
from tests.sim.contract_steps import Step
from tests.sim.contract_transcript import FOLDER, STEPS, read

EACH = pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """The stand-in's answers by step."""
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("contract")) as lab:
        podman = StandIn(lab.mac("mac-01"))
        answers = {step.name: podman.run(step) for step in STEPS}
        podman.end()
        return answers


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """The real podman's answers by step."""
    podman = RealPodman(rootfs.root(rootfs.GUEST), tmp_path_factory.mktemp("real"))
    return {step.name: podman.run(step) for step in STEPS}


def test_there_is_one_transcript_for_each_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {step.name for step in STEPS}
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.sim
@EACH
def test_the_stand_in_answers_as_the_real_podman_did(step: Step, stand_in: dict[str, Answer]) -> None:
    command, recorded = read(step.name)
    mine = stand_in[step.name]
    assert command == step.command
    assert (mine.status, *normal.streams(mine, command)) == (recorded.status, *normal.streams(recorded, command))


@pytest.mark.real_vm
@EACH
def test_the_transcript_is_what_the_real_podman_says(step: Step, real: dict[str, Answer]) -> None:
    command, recorded = read(step.name)
    now = real[step.name]
    assert (now.status, *normal.streams(now, command)) == (recorded.status, *normal.streams(recorded, command))


@pytest.mark.real_vm
@EACH
def test_the_stand_in_leaves_the_files_the_real_podman_leaves(
    step: Step, stand_in: dict[str, Answer], real: dict[str, Answer]
) -> None:
    assert normal.files(stand_in[step.name]) == normal.files(real[step.name])
    assert normal.documents(stand_in[step.name]) == normal.documents(real[step.name])
