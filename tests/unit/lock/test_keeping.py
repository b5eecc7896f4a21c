"""What of a lock a tap of the lab's own is to hold."""

from carbon_fleet.lock.keeping import Keep, taps_of, to_keep
from carbon_fleet.spec import LockedSet

B = "b0" * 32


def locked(mac: str, podman: str = "6.1.1", commit: str = "@c1", bottle: str = B) -> LockedSet:
    things = {"podman": podman, "krunkit": "1.3.2", "formula.jq": "1.8.1", "virglrenderer": "none", "kernel": "7"}
    core = f"homebrew/core{commit}"
    taps = {"podman": core, "jq": core, "krunkit": "libkrun/krun@k1", "virglrenderer": core}
    return LockedSet.model_construct(macs=(mac,), verified={}, things=things, taps=taps, bottles={"podman": bottle})


def test_the_formulae_of_one_tap_are_held_by_what_the_lock_says() -> None:
    keeping = to_keep([locked("a"), locked("b")], "homebrew/core")
    assert keeping.keeps == [Keep("jq", "1.8.1", "c1"), Keep("podman", "6.1.1", "c1", frozenset({B}))]
    assert keeping.why_not == {}
    assert to_keep([locked("a")], "libkrun/krun").keeps == [Keep("krunkit", "1.3.2", "k1")]


def test_only_what_is_named_and_a_name_nobody_knows_is_said() -> None:
    keeping = to_keep([locked("a")], "homebrew/core", ["podman", "krunkit"])
    assert [keep.name for keep in keeping.keeps] == ["podman"]
    assert keeping.why_not == {"krunkit": "the lock has no such formula of homebrew/core"}


def test_several_versions_are_not_held_and_several_commits_of_one_are() -> None:
    keeping = to_keep([locked("a"), locked("b", podman="6.2.0", commit="@c0")], "homebrew/core")
    assert keeping.why_not == {
        "podman": "these Macs are locked on several versions of it (6.1.1, 6.2.0), and a tap has one: "
        "choose Macs with --limit"
    }
    assert keeping.keeps == [Keep("jq", "1.8.1", "c0")]


def test_without_a_commit_or_a_bottle_in_the_lock() -> None:
    assert "does not say of which commit" in to_keep([locked("a", commit="")], "homebrew/core").why_not["podman"]
    for untold in ("not told", "built there"):
        (_, podman) = to_keep([locked("a", bottle=untold)], "homebrew/core").keeps
        assert podman.bottles == frozenset()


def test_the_taps_of_a_lock_are_counted() -> None:
    assert taps_of([locked("a"), locked("b")]) == {"homebrew/core": 3, "libkrun/krun": 1}
