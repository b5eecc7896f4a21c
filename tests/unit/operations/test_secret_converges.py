from hypothesis import given, settings

from carbon_fleet.plan import Change, Command, World
from operations.secret import differences
from operations.secret.machine import handed_on, unused
from operations.secret.wish import Secrets
from tests.unit.model.secret import GIVEN, NAMES, Model, run, strategy
from tests.unit.operations.secret_world import MAC


def _changes(model: Model) -> list[Change]:
    """Both resources' Changes of one look, in their order."""
    world = World(MAC, model.snapshot())
    found = list(differences(MAC.section("secrets", Secrets), model.seen(), world))
    assert all(isinstance(finding, Change) for finding in found)
    mine = [finding for finding in found if isinstance(finding, Change)]
    # The stack resource looks again when this one changed anything.
    return mine or [*handed_on(model.copies_seen(), world), *unused(model.copies_seen(), world)]


def _commands(model: Model) -> list[Command]:
    return [command for change in _changes(model) for command in change.commands]


def _converged(model: Model) -> Model:
    for _ in range(4):
        commands = _commands(model)
        if not commands:
            return model
        for command in commands:
            model = run(model, command)
    raise AssertionError(f"still to be done: {_changes(model)}")


def _right(model: Model) -> bool:
    files = all(model.files[name][0] and model.files[name][1] == "0600" for name in NAMES)
    copies = {name: model.print(name) for name in NAMES}
    # One without our label is somebody's own, whatever it is called.
    ours = {name: value for name, value in model.copies.items() if value}
    value = model.files["given"][0]
    return files and value == GIVEN and model.folder == "0700" and ours == model.labels == copies


@given(strategy())
@settings(deadline=None)
def test_the_changes_leave_no_changes(model: Model) -> None:
    after = _converged(model)
    assert _right(after)
    kept = {name: value for name, (value, _) in model.files.items() if value and name != "given"}
    assert {name: after.files[name][0] for name in kept} == kept, "a value that is there is never made anew"


@given(strategy())
@settings(deadline=None)
def test_an_interruption_after_any_command_ends_right(model: Model) -> None:
    cut = model
    for command in _commands(model):
        cut = run(cut, command)
        assert _right(_converged(cut))
