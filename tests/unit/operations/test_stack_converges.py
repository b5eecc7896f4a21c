from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack import differences
from operations.stack.quadlet import units
from operations.stack.seen import StackSeen
from operations.stack.wish import Stacks
from tests.unit.model.stack import run, strategy_seen, strategy_wanted


def _changes(mac: Mac, seen: StackSeen) -> list[Change]:
    wanted = mac.section("stacks", Stacks)
    found = list(differences(wanted, seen, World(mac, Snapshot("m", guest=Guest.REACHED))))
    return [finding for finding in found if isinstance(finding, Change)]


def _converged(mac: Mac, seen: StackSeen) -> StackSeen:
    """The machine after as many passes as an engine allows; asserts that they suffice."""
    for _ in range(3):
        found = _changes(mac, seen)
        if not found:
            return seen
        for command in (command for change in found for command in change.commands):
            seen = run(seen, command)
    assert _changes(mac, seen) == []
    return seen


@given(st.data(), strategy_wanted())
def test_applying_the_changes_of_any_machine_leaves_none(data: st.DataObject, wanted: Stacks) -> None:
    mac = Mac("m", sections={"images": Images({}), "models": Models({}), "stacks": wanted})
    texts = {unit.path: unit.text for unit in units(wanted, mac)}
    seen = _converged(mac, data.draw(strategy_seen(texts)))
    assert {path: file.content.decode() for path, file in seen.files.items()} == texts
    up = {name for name, service in seen.services.items() if not service.down}
    assert up == {unit.service for unit in units(wanted, mac)}
    # Every container runs by the text that is wished, whatever was there before.
    assert {name: each.image_id for name, each in seen.containers.items()} == {
        unit.container_name: unit.text for unit in units(wanted, mac)
    }


@given(st.data(), strategy_wanted())
def test_an_interruption_after_any_command_ends_in_the_same_state(data: st.DataObject, wanted: Stacks) -> None:
    mac = Mac("m", sections={"images": Images({}), "models": Models({}), "stacks": wanted})
    texts = {unit.path: unit.text for unit in units(wanted, mac)}
    cut = data.draw(strategy_seen(texts))
    clean = _converged(mac, cut)
    for command in [command for change in _changes(mac, cut) for command in change.commands]:
        cut = run(cut, command)
        assert _converged(mac, cut) == clean
