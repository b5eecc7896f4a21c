"""The contract's part that boots: the stand-in podman with a modelled VM against the real one with an emulated VM.

Both are asked now; nothing is recorded. It takes minutes: run it with `-m emulated`.
"""

from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.vm import VMError
from tests.sim import contract_normal as normal
from tests.sim.contract_running_steps import RUNNING
from tests.sim.contract_sides import Answer, StandIn
from tests.sim.contract_steps import Step

pytestmark = [pytest.mark.emulated, pytest.mark.timeout(3600)]
IMAGE = "/Users/Shared/podman-machine/disk.qcow2"
"""Where an emulated Mac sees its machine's image (carbon_fleet.sim.emulated.lab)."""
GUESTS_OWN = "the stand-in runs the guest's own podman over ssh; Debian's client asks over HTTP and words it otherwise"
WORDS = {
    "running-start": "podman also tells where it forwards Docker's API to, which the stand-in does not forward",
    "running-remote-user": "the modelled guest's `podman info` has two facts, not all that a template may ask for",
    "running-remote-inspect-missing": GUESTS_OWN,
    "running-foreign-key": GUESTS_OWN,
    "running-remote-second": GUESTS_OWN,
    "running-remote-stopped": GUESTS_OWN,
    "running-without-disk": "QEMU's own words of a disk it cannot open; krunkit's are not known",
    "running-after-failed-start": "which connection is the default after `rm` of another is left to a map's order",
    "running-start-quietly": "QEMU's failed start leaves gvproxy on the port, and podman warns that it takes another",
}
"""Steps whose streams may differ, with the reason; their status may not."""


@pytest.fixture(scope="module")
def answers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Answer], dict[str, Answer]]]:
    """The stand-in's and the real podman's answers by step."""
    if "emulated" not in str(request.config.getoption("-m")):
        pytest.skip("boots virtual machines under emulation: run it with -m emulated")
    with SimulatedLab.up(macs=1, state=tmp_path_factory.mktemp("modelled")) as modelled:
        mine = _all(StandIn(modelled.mac("mac-01")))
    try:
        lab = SimulatedLab.up(macs=1, vm="emulated", state=tmp_path_factory.mktemp("emulated"))
    except (SimError, VMError) as error:
        pytest.skip(f"no emulated lab here: {error}")
    with lab:
        yield mine, _all(StandIn(lab.mac("mac-01"), image=IMAGE, emulated=True))


def _without_qemu(streams: tuple[str, str]) -> tuple[str, str]:
    """Without the lines that only podman's provider for QEMU says."""
    out, err = streams
    for line in ("Image resized.\n", "Waiting for VM to exit...\n"):
        out = out.replace(line, "")
    return out, err


def _without_efi(files: dict[str, str]) -> dict[str, str]:
    """Without what EFI keeps for a machine: libkrun's boots by it, QEMU's here by a kernel of its own."""
    return {name: mode for name, mode in files.items() if "/efi-bl-" not in name}


def _all(podman: StandIn) -> dict[str, Answer]:
    found = {step.name: podman.run(step) for step in RUNNING}
    podman.end()
    return found


@pytest.mark.parametrize("step", RUNNING, ids=[step.name for step in RUNNING])
def test_the_stand_in_answers_as_the_real_podman_does(
    step: Step, answers: tuple[dict[str, Answer], dict[str, Answer]]
) -> None:
    mine, real = (side[step.name] for side in answers)
    assert mine.status == real.status, (real.out, real.err)
    if step.name not in WORDS:
        assert normal.streams(mine, step.command) == _without_qemu(normal.streams(real, step.command))
    assert _without_efi(normal.files(mine)) == _without_efi(normal.files(real))
    assert normal.documents(mine) == normal.documents(real)
