"""The lock file: read back as it was written, the same bytes each time; what is wrong in it is named at its place."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, LockedSet, LockFile, load_lab
from carbon_fleet.spec.lockfile import lock_from_text, lock_text
from tests.unit.lock.lab import FILE, LOCK, locked_lab

names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
words = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="\x7f"), min_size=1).filter(
    lambda word: word.isprintable()
)
maps = st.dictionaries(
    words, words | st.sampled_from(["1.10", "yes", "0644", "null", "6.1", "1e3", "~", "# x"]), max_size=4
)
sets = st.lists(
    st.lists(names, min_size=1, max_size=3, unique=True), max_size=3, unique_by=lambda macs: macs[0]
).flatmap(
    lambda groups: st.tuples(
        *(
            st.builds(
                LockedSet,
                macs=st.just(tuple(f"{mac}-{place}" for mac in macs)),
                verified=st.just({f"{macs[0]}-{place}": "20261130T051030Z-335a3d"}),
                things=maps,
                taps=maps,
                bottles=st.dictionaries(words, st.just("0a" * 32), max_size=2),
            )
            for place, macs in enumerate(groups)
        )
    )
)


@settings(max_examples=40)
@given(sets)
def test_what_is_written_is_read_back(sets: tuple[LockedSet, ...]) -> None:
    lock = LockFile(format_version=1, lab="brisbane", sets=sets)
    text = lock_text(lock)
    assert lock_from_text(text, "brisbane", "x") == lock
    assert lock_text(lock_from_text(text, "brisbane", "x")) == text


def faults(text: str) -> list[str]:
    with pytest.raises(LabError) as caught:
        lock_from_text(text, "brisbane", "b.lock.yml")
    return [str(fault) for fault in caught.value.errors]


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("format_version: 1", "format_version: 2", "1:17", "format_version"),
        ("lab: brisbane", "lab: perth", "2:6", "this is the lock of `perth`"),
        ("podman: 6.1.1,", "podman: 6.1,", "6:20", 'write `"6.1"`'),
        ("  taps:", "  tap:", "7:3", "`tap` is not a key here"),
        ("[mac-01, mac-02]", "[]", "4:9", "macs"),
        ("[mac-01, mac-02]", "[mac-01, mac-01]", "4:18", "`mac-01` is in two sets"),
        ("mac-01: run-1,", "mac-01: &x run-1,", "5:22", "anchor"),
        ("  taps: {", "  bottles: {podman: abc}\n  taps: {", "7:21", "`abc` is no sha256"),
    ],
)
def test_mistakes_have_their_place(old: str, new: str, place: str, says: str) -> None:
    assert old in LOCK
    (fault,) = faults(LOCK.replace(old, new))
    assert fault.startswith(f"b.lock.yml:{place} ")
    assert says in fault


@pytest.mark.parametrize("text", ["", "[]", "x", "{", "\x00", "a: 1\n---\nb: 1", "&a [*a]"])
def test_what_is_no_lock_never_gives_a_traceback(text: str) -> None:
    assert faults(text)


def test_a_lab_is_read_with_its_lock_and_each_mac_has_its_set(tmp_path: Path) -> None:
    file = tmp_path / "brisbane.yml"
    file.write_text(FILE.replace("MORE", ""))
    bare = load_lab(file, lab_sections())
    assert (bare.locked, bare.lock, bare.mac("mac-01").locked) == (None, None, None)
    bare.lock_path.write_text(LOCK)
    lab = load_lab(file, lab_sections())
    assert lab.lock is not None
    assert [mac.locked is None for mac in lab.macs.values()] == [False, False, True]
    assert lab.digest == bare.digest, "the lock is no part of the wish"
    bare.lock_path.write_text("lab: brisbane\n")
    with pytest.raises(LabError, match=r"brisbane\.lock\.yml:1:1"):
        load_lab(file, lab_sections())


def test_what_a_set_holds() -> None:
    held = locked_lab().mac("mac-01").locked
    assert held is not None
    assert held.holds("podman")
    assert not held.holds("jq")
