import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac
from operations import model
from operations.model import differences
from operations.model.wish import Models
from operations.stack.wish import Stacks
from tests.unit.model.model import NAMES, Store, apply, cut, run, strategy_store, strategy_wanted

PASSES = 3


def _mac(wanted: Models, named: list[str]) -> Mac:
    containers = {"web": {"image": "docker.io/library/nginx:1", "models": named}}
    stacks = Stacks.model_validate_json(json.dumps([{"name": "shop", "containers": containers}]))
    return Mac("m", sections={"models": wanted, "stacks": stacks})


def _changes(mac: Mac, store: Store) -> list[Change]:
    return list(differences(mac.section("models", Models), store.seen(frozenset()), World(mac, _LOOK)))


_LOOK = Snapshot("m", guest=Guest.REACHED)


def _leftovers(mac: Mac, store: Store, named: frozenset[str]) -> list[Change]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "_seen", lambda world: store.seen(named))
        return list(model.leftovers(World(mac, _LOOK)))


def _converged(mac: Mac, store: Store) -> Store:
    for _ in range(PASSES):
        for change in _changes(mac, store):
            store = apply(store, change)
    assert _changes(mac, store) == []
    return store


@given(strategy_wanted(), st.lists(st.sampled_from(NAMES), unique=True), strategy_store())
def test_applying_the_changes_of_any_store_leaves_none(wanted: Models, named: list[str], store: Store) -> None:
    mac = _mac(wanted, named)
    needed = {wanted.root[name].sha256 for name in named if name in wanted.root}
    before, store = store, _converged(mac, store)
    assert needed <= set(store.files)
    for sha256 in needed:
        # A wrong file with a note that fits shows only to verify, which reads all of it.
        known = before.files.get(sha256, (True, "", ""))[1] == before.notes.get(sha256, ("",))[0]
        assert store.files[sha256][0] or known
    for change in _leftovers(mac, store, frozenset()):
        store = apply(store, change)
    assert _leftovers(mac, store, frozenset()) == []
    assert _changes(mac, store) == []
    ours = {sha256 for sha256, note in store.notes.items() if note[1] == "lab" and sha256 in store.files}
    assert ours <= needed
    assert set(store.parts) <= needed


@given(st.data(), strategy_wanted(), st.lists(st.sampled_from(NAMES), unique=True), strategy_store())
def test_an_interruption_after_any_command_ends_in_the_same_state(
    data: st.DataObject, wanted: Models, named: list[str], store: Store
) -> None:
    mac = _mac(wanted, named)
    after = store
    steps = [(change, command) for change in _changes(mac, store) for command in change.commands]
    done = data.draw(st.integers(0, len(steps)))
    for change, command in steps[:done]:
        after = run(after, command, {delivery.sha256 for delivery in change.deliveries})
    for _, command in steps[done : done + 1]:
        after = cut(after, command, data.draw(st.integers(0, 9 << 20)))
    assert _converged(mac, after) == _converged(mac, store)
