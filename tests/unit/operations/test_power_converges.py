from hypothesis import given, settings

from carbon_fleet.plan import Change, Refusal, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.power import Power, PowerSeen, differences
from tests.unit.model.power import apply, strategy_seen, strategy_wanted

WORLD = World(Mac("mac-01"), Snapshot("mac-01"))


@given(strategy_wanted(), strategy_seen())
@settings(max_examples=300, deadline=None)
def test_the_changes_leave_no_changes(wanted: Power, seen: PowerSeen) -> None:
    found = list(differences(wanted, seen, WORLD))
    if any(isinstance(finding, Refusal) for finding in found):
        assert not any(isinstance(finding, Change) for finding in found)
        return
    for finding in found:
        assert isinstance(finding, Change)
        assert all(attribute.before != attribute.after for attribute in finding.attributes)
        after = apply(seen, finding)
        assert all(_same(seen, after, field) for field, value in wanted if value is None), "only what is wished changes"
        seen = after
    assert list(differences(wanted, seen, WORLD)) == []


def _same(seen: PowerSeen, after: PowerSeen, field: str) -> bool:
    return bool(getattr(seen, field) == getattr(after, field))


@given(strategy_seen())
def test_who_wishes_nothing_changes_nothing(seen: PowerSeen) -> None:
    assert list(differences(Power(), seen, WORLD)) == []
