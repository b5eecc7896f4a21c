"""The store of models in a machine: any it may hold, and what each command of a model's Changes makes of it.

A file is right or not, whatever its note says; what is sent is always right, for the script checks it.
"""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command
from operations.model import ModelSeen, ModelsSeen
from operations.model.wish import FOLDER, Model, Models

SHA256S = tuple(digit * 64 for digit in "abc")
T = TypeVar("T")
NAMES = ("tiny", "large", "spare")


@dataclass(frozen=True)
class Store:
    """What is there: whether each file's bytes are right, its state and mode, the notes, and bytes of cut copies."""

    files: dict[str, tuple[bool, str, str]] = field(default_factory=dict)
    notes: dict[str, tuple[str, str]] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def seen(self, named: frozenset[str]) -> ModelsSeen:
        """As the probe sees it."""
        files = {
            sha256: ModelSeen(state, mode, *self.notes.get(sha256, ("", "")))
            for sha256, (_, state, mode) in self.files.items()
        }
        return ModelsSeen(files, named, self.parts)


def strategy_wanted() -> st.SearchStrategy[Models]:
    """Any wish of `models:`."""
    model = st.builds(
        Model,
        url=st.just("https://example.org/m"),
        sha256=st.sampled_from(SHA256S),
        fetch=st.sampled_from(["once", "mac"]),
    )
    return st.dictionaries(st.sampled_from(NAMES), model).map(Models)


def strategy_store() -> st.SearchStrategy[Store]:
    """Any store: files right and wrong, with notes that fit and that do not, and notes of files that are gone."""
    states = st.sampled_from(["3 1 7", "3 2 7"])
    file = st.tuples(st.booleans(), states, st.sampled_from(["0444", "0600"]))
    note = st.tuples(states, st.sampled_from(["lab", "bench"]))
    sha256s = st.sampled_from(SHA256S)
    files, notes = st.dictionaries(sha256s, file), st.dictionaries(sha256s, note)
    return st.builds(_store, files, notes, st.dictionaries(sha256s, st.integers(0, 9 << 20)))


def _store(files: dict[str, tuple[bool, str, str]], notes: dict[str, tuple[str, str]], parts: dict[str, int]) -> Store:
    """A copy becomes the file: nowhere are both."""
    return Store(files, notes, {sha256: size for sha256, size in parts.items() if sha256 not in files})


def apply(store: Store, change: Change) -> Store:
    """The store after a Change: its deliveries always come, its commands run."""
    for command in change.commands:
        store = run(store, command, {delivery.sha256 for delivery in change.deliveries})
    return store


def run(store: Store, command: Command, sent: set[str]) -> Store:
    """The store after one command."""
    match command.argv:
        case ("/bin/sh", "-c", script, _, folder, verb, sha256, keeper) if script == assets.text("model/keep.sh"):
            assert folder == FOLDER
            if verb == "put":
                _goes_on(store, command, sha256)
            return _kept(store, verb, sha256, keeper, sent)
        case ("/bin/sh", "-c", script, _, _, sha256) if script == assets.text("model/remove.sh"):
            return Store(*(_without(those, sha256) for those in (store.files, store.notes, store.parts)))
        case ("chmod", mode, path):
            sha256 = path.rpartition("/")[2]
            right, state, _ = store.files[sha256]
            return replace(store, files={**store.files, sha256: (right, state, mode)})
    raise AssertionError(f"no model of {command}")


def cut(store: Store, command: Command, size: int) -> Store:
    """The store after a put that was cut off when `size` bytes were there; any other command is whole or not at all."""
    match command.argv:
        case ("/bin/sh", "-c", _, _, _, "put", sha256, _) if not store.files.get(sha256, (False,))[0]:
            return replace(store, parts={**store.parts, sha256: size})
    return store


def _goes_on(store: Store, command: Command, sha256: str) -> None:
    """A put says where it goes on: at the last whole MiB of what is there."""
    there, offset = store.parts.get(sha256, 0), int(command.fed[-1])
    assert offset == there - there % (1 << 20)


def _kept(store: Store, verb: str, sha256: str, keeper: str, sent: set[str]) -> Store:
    right, state, _ = store.files.get(sha256, (False, "3 9 9", ""))
    if not right and verb == "check":
        return replace(store, files=_without(store.files, sha256), notes=_without(store.notes, sha256))
    assert right or sha256 in sent, "nothing is put that was not delivered"
    before = store.notes.get(sha256, ("", ""))[1] if right else ""
    note = (state, "lab" if before == "lab" else keeper)
    files, notes = {**store.files, sha256: (True, state, "0444")}, {**store.notes, sha256: note}
    return Store(files, notes, _without(store.parts, sha256))


def _without(those: dict[str, T], name: str) -> dict[str, T]:
    return {each: value for each, value in those.items() if each != name}
