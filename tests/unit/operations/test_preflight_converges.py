from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.machine import Machine
from operations.preflight import Preflight, PreflightSeen, differences
from tests.unit.model.preflight import strategy_seen, strategy_wanted


@given(strategy_wanted(), strategy_seen(), st.sampled_from([None, "lab", "root"]))
def test_the_preflight_changes_nothing_ever(wanted: Preflight, seen: PreflightSeen, user: str | None) -> None:
    world = World(Mac("mac-01", user=user, sections={"machine": Machine()}), Snapshot("mac-01"))
    found = list(differences(wanted, seen, world))
    assert not any(isinstance(finding, Change) for finding in found)
    addresses = [finding.address for finding in found]
    assert len(addresses) == len(set(addresses))
