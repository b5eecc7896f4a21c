"""How a resource converges: looks, passes, refusals and consent, on a toy resource."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.steps import PASSES, Refused, converge_resource
from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice, Refusal, Resource, World, mac
from carbon_fleet.plan.selection import Selection
from carbon_fleet.snapshot import Guest, Section, Snapshot
from carbon_fleet.spec import Mac, Wish


class Toy(Wish):
    """Nothing to wish."""


@dataclass
class Stage:
    """A Mac whose differences are a script: one list of findings a look."""

    looks: list[list[Finding]]
    probed: int = 0
    kept: Snapshot | None = None
    guest: Guest = Guest.REACHED
    sections: dict[str, Section] = field(default_factory=lambda: {"toy": Section("toy")})

    def snapshot(self) -> Snapshot:
        if self.kept is None:
            self.probed += 1
            self.kept = Snapshot("m", self.sections, self.guest)
        return self.kept

    def forget(self) -> None:
        self.kept = None

    def resource(self) -> Resource[Toy, Section]:
        def differences(wanted: Toy, seen: Section, world: World) -> Iterator[Finding]:
            yield from self.looks[min(self.probed, len(self.looks)) - 1]

        return Resource("toy", "toy", Toy, lambda section: section, differences)


MAC = Mac("m", sections={"toy": Toy()})
UPDATE = Change("toy.a", Action.UPDATE, (Attribute("x", 1, 2),), "because", (mac("true"),))
REPLACE = Change("toy.a", Action.REPLACE, (), "it must be made anew", (mac("true"),), ("volume data (3 GB)",))


def drive(stage: Stage, *, allow_replace: bool = False) -> list[Change]:
    return list(converge_resource(stage.resource(), MAC, stage, Rules(allow_replace)))


def test_a_move_needs_a_consent_of_its_own() -> None:
    move = Change("toy.a", Action.MOVE, (), "it is elsewhere", (mac("true"),), ("volume data (3 GB)",))
    with pytest.raises(Refused, match="run again with --allow-move m") as refused:
        drive(Stage([[move]]), allow_replace=True)
    assert refused.value.refusals[0].code == "CONSENT_MISSING"
    stage, rules = Stage([[move], []]), Rules(consents=frozenset({"allow-move"}))
    assert list(converge_resource(stage.resource(), MAC, stage, rules)) == [move]


def test_nothing_to_do_is_one_look() -> None:
    stage = Stage([[]])
    assert drive(stage) == []
    assert stage.probed == 1


def test_a_change_is_followed_by_a_new_look() -> None:
    stage = Stage([[UPDATE], []])
    assert drive(stage) == [UPDATE]
    assert stage.probed == 2


def test_what_is_known_later_takes_a_second_pass() -> None:
    assert len(drive(Stage([[UPDATE], [UPDATE], []]))) == 2


def test_a_resource_that_never_settles_is_not_converged() -> None:
    with pytest.raises(Refused, match=f"still different after {PASSES} passes: x is 1, not 2"):
        drive(Stage([[UPDATE]]))


def test_a_refusal_runs_nothing() -> None:
    refusal = Refusal("toy", "NO", "it is so", "it matters", "do this")
    with pytest.raises(Refused, match="it is so: it matters; do this"):
        drive(Stage([[UPDATE, refusal]]))


def test_a_replacement_needs_consent_and_names_what_is_at_stake() -> None:
    with pytest.raises(Refused, match=r"volume data \(3 GB\).*--allow-replace m"):
        drive(Stage([[REPLACE]]))
    assert drive(Stage([[REPLACE], []]), allow_replace=True) == [REPLACE]


def test_notices_are_kept_and_stop_nothing() -> None:
    notice = Notice("toy", "NOTE", "w", "y", "r")
    kept: list[Notice | Refusal] = []
    stage = Stage([[notice]])
    assert list(converge_resource(stage.resource(), MAC, stage, notices=kept)) == []
    assert kept == [notice]


def test_an_unreadable_section_refuses_instead_of_assuming() -> None:
    stage = Stage([[UPDATE]], sections={"toy": Section("toy", status=124)})
    with pytest.raises(Refused, match="its deadline passed"):
        drive(stage)


REFUSAL = Refusal("toy.b", "NO", "it is so", "it matters", "do this")
OTHER = Change("toy.b", Action.UPDATE, (), "because", (mac("true"),))


def test_what_is_not_selected_is_left_and_what_it_refuses_is_told() -> None:
    stage, notices, left = Stage([[UPDATE, OTHER, REFUSAL], [OTHER, REFUSAL]]), list[Notice | Refusal](), list[Change]()
    rules = Rules(selection=Selection(skip=("toy.b",)))
    made = list(converge_resource(stage.resource(), MAC, stage, rules, notices=notices, left=left))
    assert (made, left, notices) == ([UPDATE], [OTHER], [REFUSAL])


def test_a_change_that_is_not_chosen_is_left_and_a_refusal_still_stops() -> None:
    stage, left = Stage([[UPDATE, OTHER], [OTHER]]), list[Change]()
    rules = Rules(chosen=lambda change: change.address == "toy.a")
    assert list(converge_resource(stage.resource(), MAC, stage, rules, left=left)) == [UPDATE]
    assert left == [OTHER]
    with pytest.raises(Refused, match="it is so"):
        list(converge_resource(Stage([[REFUSAL]]).resource(), MAC, Stage([[REFUSAL]]), rules))


def test_a_replacement_nobody_selected_needs_no_consent() -> None:
    stage = Stage([[REPLACE]])
    rules = Rules(selection=Selection(skip=("toy",)))
    assert list(converge_resource(stage.resource(), MAC, stage, rules)) == []
