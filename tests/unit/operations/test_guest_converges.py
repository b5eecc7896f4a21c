from hypothesis import given, settings

from carbon_fleet.plan import Change, Refusal, World
from carbon_fleet.snapshot import Guest as Reach
from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.spec import Mac
from operations.guest import Guest, GuestSeen, differences
from tests.unit.model.guest import apply, strategy_seen, strategy_wanted

WORLD = World(
    Mac("mac-01"), Snapshot("mac-01", {"machine": Section("machine", facts={"time": ("1000",)})}, Reach.REACHED)
)


@given(strategy_wanted(), strategy_seen())
@settings(max_examples=200, deadline=None)
def test_the_changes_leave_no_changes(wanted: Guest, seen: GuestSeen) -> None:
    for _ in range(2):
        found = list(differences(wanted, seen, WORLD))
        if any(isinstance(finding, Refusal) for finding in found):
            return
        for finding in found:
            if isinstance(finding, Change):
                assert all(attribute.before != attribute.after for attribute in finding.attributes)
                seen = apply(seen, finding)
    assert list(differences(wanted, seen, WORLD)) == []


@given(strategy_wanted(), strategy_seen())
@settings(max_examples=100, deadline=None)
def test_cut_off_after_any_change_the_next_run_ends_the_same(wanted: Guest, seen: GuestSeen) -> None:
    first = list(differences(wanted, seen, WORLD))
    if any(isinstance(finding, Refusal) for finding in first):
        return
    changes = [finding for finding in first if isinstance(finding, Change)]
    for cut in range(len(changes)):
        state = seen
        for change in changes[:cut]:
            state = apply(state, change)
        for finding in list(differences(wanted, state, WORLD)):
            assert isinstance(finding, Change), finding
            state = apply(state, finding)
        assert list(differences(wanted, state, WORLD)) == []
