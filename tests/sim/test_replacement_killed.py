"""A replacement killed before every program that it changes anything with is gone on with, and loses nothing."""

from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.replacing import FILL, FIRST, INSTALL, OTHER, Replacing

pytestmark = [pytest.mark.sim, pytest.mark.migration, pytest.mark.timeout(3600)]
PARTS, NEVER = 6, 10_000
LEAST = 40
"""Fewer programs than a replacement begins: that they are counted at all."""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replacing]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        assert running.mac("mac-01").ssh(INSTALL).returncode == 0
        replacing = Replacing(running.mac("mac-01"))
        replacing.converge(FIRST)
        replacing.inside(FILL)
        yield replacing


@pytest.fixture(scope="module")
def total(there: Replacing) -> int:
    """How many programs a replacement begins that is not killed."""
    count = there.counted(there.changes(OTHER), NEVER)
    assert there.changes(OTHER) == []
    there.mac.ssh("rm -r ~/.local/state/carbon-fleet/replaced")
    return count


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_before_any_program_it_is_gone_on_with(there: Replacing, total: int, part: int) -> None:
    assert total > LEAST
    volume = there.volume()
    for cut in range(part + 1, total + 1, PARTS):
        wanted, disk = OTHER if there.now is FIRST else FIRST, there.disk()
        there.counted(there.changes(wanted), cut)
        there.converge(wanted)
        assert not there.note.exists(), cut
        assert (there.disk() != disk, there.volume()) == (True, volume), cut
        old = [folder for folder in there.kept if (folder / "machine/carbon.json").exists()]
        assert there.kept == old, f"{cut}: nothing is left but the machine that was replaced"
        assert len(old) == 1, cut
        there.mac.ssh("rm -r ~/.local/state/carbon-fleet/replaced")
