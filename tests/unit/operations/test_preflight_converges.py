from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.machine import Machine
from operations.preflight import Preflight, PreflightSeen, differences
from operations.stack.wish import Stacks
from tests.unit.model.preflight import strategy_seen, strategy_wanted
from tests.unit.operations.stack_world import a_mac, one

STACKS = a_mac(one(ports=["8080:80", "0.0.0.0:8081:81/udp"])).section("stacks", Stacks)


@given(strategy_wanted(), strategy_seen(), st.sampled_from([None, "lab", "root"]))
def test_the_preflight_changes_nothing_ever(wanted: Preflight, seen: PreflightSeen, user: str | None) -> None:
    sections = {"machine": Machine(), "stacks": STACKS}
    world = World(Mac("mac-01", user=user, sections=sections), Snapshot("mac-01"))
    found = list(differences(wanted, seen, world))
    assert not any(isinstance(finding, Change) for finding in found)
    addresses = [finding.address for finding in found]
    assert len(addresses) == len(set(addresses))
