"""Which moves lead from a tuple that a rule speaks against to one that none does, with the fewest moves.

A branch of the search moves a thing of the first rule that is still broken: every way out has to move one of them, and
what was moved once is not moved again. Deepened step by step, it finds all ways of the least length and no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from carbon_fleet.lock.rules import Rule, version_in
from carbon_fleet.lock.things import NONE, THINGS
from operations.homebrew.seen import order

MOST = 8
"""Moves at most: whoever needs more does better to make the Mac anew."""
Offers = Mapping[str, Sequence[str]]
"""Versions that can be had, by thing, the one to take first in front."""


@dataclass(frozen=True)
class Move:
    """One thing, what it is and what it becomes."""

    name: str
    before: str
    after: str

    @property
    def back(self) -> bool:
        """Whether it goes back to an older version, which Homebrew does not do by itself."""
        if not THINGS[self.name].versioned or NONE in (self.before, self.after):
            return False
        return order(version_in(self.after)) < order(version_in(self.before))


Moves = tuple[Move, ...]


def ways(things: Mapping[str, str], rules: Sequence[Rule], offers: Offers) -> tuple[Moves, ...]:
    """All ways with the fewest moves, the best first: none goes back if it need not, what is offered first goes before.

    One empty way where no rule is broken; none at all where nothing that is offered helps. Of what is not known nothing
    is concluded: a rule over it is not broken.
    """
    for depth in range(MOST + 1):
        ends = _search(dict(things), rules, offers, depth, ())
        found = {tuple(sorted(way, key=lambda move: move.name)) for way in ends}
        if found:
            return tuple(sorted(found, key=lambda way: _preference(way, offers)))
    return ()


def _search(things: dict[str, str], rules: Sequence[Rule], offers: Offers, left: int, made: Moves) -> Iterator[Moves]:
    broken = next((rule for rule in rules if rule.meets(things)), None)
    if broken is None:
        yield made
        return
    moved = {move.name for move in made}
    for name in broken.when if left else ():
        for version in offers.get(name, ()) if name not in moved else ():
            if version != things[name]:
                move = Move(name, things[name], version)
                yield from _search({**things, name: version}, rules, offers, left - 1, (*made, move))


def _preference(way: Moves, offers: Offers) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
    back = sum(move.back for move in way)
    place = sum(list(offers[move.name]).index(move.after) for move in way)
    return back, place, tuple(move.name for move in way), tuple(move.after for move in way)
