"""Images that another Mac builds: what is wished then, what differs, what is refused, what the commands are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Action, Bring, Change
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from operations.image import ImageSeen, check
from operations.image import spread as spread
from operations.image.recipe import LABEL, recipes
from operations.image.room import script
from operations.image.spread import Lacking, Layout
from operations.image.wish import Images
from tests.unit.model.image import apply as modelled
from tests.unit.operations.made_images import TINY, forget, make_project
from tests.unit.operations.test_image import a_mac, changes, seen_of


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield make_project(monkeypatch, tmp_path / "project", TINY)
    forget()


def receiver(builder: Mac, images: str = "{}", stacks: str = '["pair"]', *, software: bool = False) -> Mac:
    builder = replace(builder, name="mac-01")
    return replace(a_mac(images, stacks, software=software), build_on="mac-01", builder=builder)


def test_what_an_image_is_made_from_is_the_builders_alone() -> None:
    mac = receiver(a_mac(stacks='["pair"]'))
    assert [recipe.name for recipe in recipes(mac)] == ["top-most"]
    assert recipes(mac)[0] == recipes(a_mac(stacks='["pair"]'))[1]


def test_a_missing_image_is_brought_and_nothing_is_built() -> None:
    mac = receiver(a_mac(stacks='["pair"]'), '{"top-most": {"pull_timeout": "5m"}}')
    (recipe,) = recipes(mac)
    (change,) = changes(mac, ())
    assert (change.address, change.action, change.commands) == ("image.top-most", Action.CREATE, ())
    assert change.bring == Bring(recipe.tag, recipe.digest, "mac-01", 300)
    assert change.reason == "top-most has to be brought from mac-01, which builds it"
    assert changes(mac, seen_of(mac)) == []
    assert changes(mac, modelled((), change)) == []


@pytest.mark.parametrize(
    ("seen", "attributes"),
    [
        (lambda recipe: ImageSeen("a", "f" * 64, (recipe.tag,)), ["inputs"]),
        (lambda recipe: ImageSeen("a", recipe.digest, ("localhost/carbon-fleet/top-most:old",)), ["inputs", "tag"]),
    ],
)
def test_drift_of_each_attribute_is_brought_anew(seen: object, attributes: list[str]) -> None:
    mac = receiver(a_mac(stacks='["pair"]'))
    store = (seen(recipes(mac)[0]),)  # type: ignore[operator]
    (change,) = changes(mac, store)
    assert (change.action, [item.name for item in change.attributes]) == (Action.UPDATE, attributes)
    assert isinstance(change, Change)
    assert changes(mac, modelled(store, change)) == []


def test_one_that_is_pulled_comes_from_its_registry_all_the_same() -> None:
    wish = f'{{"top-most": {{"pull": "registry.example/x@sha256:{"1" * 64}"}}}}'
    (change,) = changes(receiver(a_mac(), wish), ())
    assert (change.bring, len(change.commands)) == (None, 1)


def faults(mac: Mac) -> list[str]:
    found = check(mac.section("images", Images), mac)
    return [f"{'.'.join(map(str, one.path))}: {one.what}, {one.write}" for one in found]


def test_what_the_builder_does_not_build_is_a_mistake_with_what_to_write() -> None:
    assert faults(receiver(a_mac(stacks='["pair"]'))) == []
    assert faults(receiver(a_mac('{"top-most": {}}'))) == []
    assert faults(receiver(a_mac())) == [
        "build_on: `mac-01` does not build the image `top-most`, write `images: {top-most: {}}` at `mac-01`"
    ]
    other = "build_on: `mac-01` builds another image `top-most` than this Mac needs"
    assert [
        fault.partition(",")[0] for fault in faults(receiver(a_mac('{"base": {"args": {"WORD": "x"}}}', '["pair"]')))
    ] == [other]
    assert [fault.partition(",")[0] for fault in faults(receiver(a_mac(stacks='["pair"]'), software=True))] == [other]


A, B, C = ("a" * 64, "b" * 64, "c" * 64)
BRING = Bring("localhost/carbon-fleet/x:1", "f" * 64, "mac-01", 60)
LAYOUT = Layout(C, "f" * 64, "e30=", {A: 10, B: 20})
ANSWER = (f"id {C}", f"inputs {'f' * 64}", "manifest e30=", f"blob {A} 10", f"blob {B} 20")


def test_the_builders_answer_is_read_or_refused() -> None:
    assert spread.layout_in(ANSWER) == LAYOUT
    assert spread.layout_in(("missing",)) is None
    for broken in ((), ANSWER[1:], (*ANSWER[:3], f"blob {A}"), (*ANSWER[:3], f"blob {A} many")):
        with pytest.raises(Unreadable):
            spread.layout_in(broken)


def test_the_receivers_answer_is_read_or_refused() -> None:
    assert spread.lacking_in(("there",), LAYOUT) == Lacking({}, (A, B))
    assert spread.lacking_in((f"want {A} 7", f"skip {B}"), LAYOUT) == Lacking({A: 7}, (B,))
    for broken in ((), (f"want {A} 7",), (f"want {A}", f"skip {B}"), (f"want {A} 7", f"skip {C}")):
        with pytest.raises(Unreadable):
            spread.lacking_in(broken, LAYOUT)


def test_the_commands_carry_values_as_arguments_only() -> None:
    def words(name: str, *arguments: str) -> tuple[str, ...]:
        return ("/bin/sh", "-c", script(f"spread/{name}"), "sh", *arguments)

    assert spread.lay_out(BRING, again=False).argv == words("lay-out", BRING.tag, LABEL, "no")
    asked = spread.lack(BRING, LAYOUT, every=True)
    assert (asked.argv, asked.stdin) == (words("lack", C, "yes", ""), f"{A} 10\n{B} 20\n")
    assert spread.give(BRING, LAYOUT, A, 7).argv == words("give", C, A, "7")
    assert spread.take(BRING, LAYOUT, A, 7).argv == words("take", A, "10", "7")
    landed = spread.land(BRING, LAYOUT)
    assert (landed.argv, landed.stdin) == (words("land", C, BRING.tag, LABEL, BRING.inputs), "e30=")
    assert {(each.where, each.deadline) for each in (asked, landed)} == {("guest", 60)}
