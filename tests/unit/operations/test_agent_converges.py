from hypothesis import given, settings

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.agent import Agent, AgentSeen, differences
from operations.homebrew import Homebrew
from operations.machine import Machine
from tests.unit.model.agent import apply, strategy_seen, strategy_wanted

MAC = Mac("mac-01", sections={"homebrew": Homebrew(), "machine": Machine()})
WORLD = World(MAC, Snapshot("mac-01"))


@given(strategy_wanted(), strategy_seen())
@settings(max_examples=100, deadline=None)
def test_the_changes_leave_no_changes(wanted: Agent, seen: AgentSeen) -> None:
    for finding in differences(wanted, seen, WORLD):
        if isinstance(finding, Change):
            assert all(attribute.before != attribute.after for attribute in finding.attributes)
            seen = apply(seen, finding)
    assert not any(isinstance(finding, Change) for finding in differences(wanted, seen, WORLD))
    if wanted == Agent():
        assert not any(job.there for job in seen.jobs.values())
