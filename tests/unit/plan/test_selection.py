"""`--only` and `--skip`: what the globs choose, whose refusals stop, and the words for globs that match nothing."""

import pytest

from carbon_fleet.plan.registry import resources
from carbon_fleet.plan.selection import EVERYTHING, NoSuchResource, Selection, selection

NAMES = ("preflight", "homebrew", "machine", "guest", "stack")


def choose(only: str = "", skip: str = "") -> Selection:
    return selection([only] if only else [], [skip] if skip else [], NAMES)


@pytest.mark.parametrize(
    ("only", "skip", "address", "chosen"),
    [
        ("", "", "stack.web.db", True),
        ("stack", "", "stack.web.db", True),
        ("stack", "", "stack", True),
        ("stack", "", "stackish.web", False),
        ("stack.*", "", "stack.web", True),
        ("stack.web", "", "stack.web.db", True),
        ("stack.web", "", "stack.website", False),
        ("homebrew.formula.podman", "", "homebrew.formula.podman", True),
        ("homebrew.formula.podman", "", "homebrew.formula.krunkit", False),
        ("*podman", "", "homebrew.formula.podman", True),
        ("homebrew, stack.web", "", "stack.web", True),
        ("guest.file./etc/*", "", "guest.file./etc/motd.d/carbon.conf", True),
        ("", "stack", "stack.web", False),
        ("", "stack.web", "stack.lab", True),
        ("stack", "stack.web", "stack.web.db", False),
        ("stack", "stack.web", "stack.lab", True),
    ],
)
def test_what_is_chosen(only: str, skip: str, address: str, chosen: bool) -> None:
    assert choose(only, skip).chooses(address) is chosen
    assert not chosen or choose(only, skip).touches(address.split(".")[0])


@pytest.mark.parametrize(
    ("only", "skip", "resource", "address", "stops"),
    [
        ("", "", "machine", "machine", True),
        ("stack.web", "", "machine", "machine.carbon", False),
        ("stack.web", "", "preflight", "preflight.system", True),
        ("stack.web", "", "preflight", "model.big", True),
        ("", "preflight", "preflight", "preflight.system", True),
        ("homebrew.formula.podman", "", "homebrew", "homebrew.prefix", True),
        ("*podman", "", "homebrew", "homebrew", True),
        ("stack", "", "homebrew", "homebrew", False),
        ("", "stack.web", "stack", "stack.web", False),
        ("", "stack.web", "stack", "stack", True),
        ("", "stack", "stack", "stack", False),
        ("", "stack.*", "stack", "stack", False),
    ],
)
def test_whose_refusal_stops(only: str, skip: str, resource: str, address: str, stops: bool) -> None:
    assert choose(only, skip).stops(resource, address) is stops


@pytest.mark.parametrize("word", ["stak", "stak.web", "homebre.formula", "x*", "stack-.a"])
@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_a_glob_of_no_resource_names_those_there_are(option: str, word: str) -> None:
    given = ([word], []) if option == "--only" else ([], [word])
    with pytest.raises(NoSuchResource) as error:
        selection(*given, NAMES)
    known = ", ".join(NAMES)
    assert str(error.value) == f"{option} {word}: no resource is called so; an address begins with one of {known}"


def test_nothing_in_an_option_is_no_choice() -> None:
    with pytest.raises(NoSuchResource, match="--skip is empty"):
        selection([], [" , "], NAMES)
    assert selection([], [], NAMES) == EVERYTHING


@pytest.mark.parametrize("glob", ["s*", "*", "st?ck", "[hg]uest.*", "sta*.web"])
def test_wild_cards_may_stand_anywhere(glob: str) -> None:
    assert choose(glob).only == (glob,)


def test_every_resource_can_be_chosen_by_its_name() -> None:
    names = [resource.name for resource in resources()]
    for name in names:
        chosen = selection([name], [], names)
        assert [other for other in names if chosen.touches(other)] == [name]
