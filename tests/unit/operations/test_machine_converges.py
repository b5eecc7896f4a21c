from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.plan import Action, Change, Refusal, World
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac
from operations.machine import Machine, differences
from operations.machine.seen import Disk, MachineSeen
from tests.unit.model.machine import apply, strategy_seen, strategy_wanted

REACHABLE = [Guest.REACHED, Guest.UNREADABLE]


def world(guest: Guest) -> World:
    return World(Mac("mac-01", user="lab"), Snapshot("mac-01", guest=guest))


@given(strategy_wanted(), strategy_seen(), st.sampled_from(REACHABLE))
@settings(max_examples=200, deadline=None)
def test_the_changes_leave_no_changes(wanted: Machine, seen: MachineSeen, guest: Guest) -> None:
    for _ in range(2):
        found = list(differences(wanted, seen, world(guest)))
        if any(isinstance(finding, Refusal) for finding in found):
            return
        for finding in found:
            if isinstance(finding, Change):
                assert finding.attributes
                assert all(attribute.before != attribute.after for attribute in finding.attributes)
                seen = apply(seen, finding)
                guest = Guest.REACHED
    assert not [finding for finding in differences(wanted, seen, world(guest)) if isinstance(finding, Change)]


@given(strategy_wanted(), strategy_seen())
@settings(max_examples=100, deadline=None)
def test_no_disk_with_data_is_removed_without_consent(wanted: Machine, seen: MachineSeen) -> None:
    disks = {name: (Disk.FILLED, path) for name, (_, path) in seen.disks.items()}
    seen = replace(seen, mark="", disks=disks, replacing=("", ""))
    for finding in differences(wanted, seen, world(Guest.STOPPED)):
        if isinstance(finding, Change) and finding.action is not Action.REPLACE:
            words = [word for command in finding.commands for word in (*command.argv, command.says)]
            assert not any(word == "rm" or word.startswith(("clear away", "remove the machine")) for word in words)
        if isinstance(finding, Change) and finding.action is Action.REPLACE:
            assert finding.at_stake
            assert not any(command.says.startswith(("clear away", "remove")) for command in finding.commands)
