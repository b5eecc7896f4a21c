"""In which order and in what numbers a lab's Macs have their turn. Pure: names in, names out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Share:
    """So many Macs, or so many of a hundred: `3`, `25%`."""

    number: int
    percent: bool = False

    @classmethod
    def read(cls, text: str) -> "Share":
        """Read it as it is written. ValueError for what is neither."""
        digits = text.strip().removesuffix("%")
        percent = digits != text.strip()
        if not (digits.isascii() and digits.isdigit()) or (percent and int(digits) > 100):
            raise ValueError(f"`{text}` is neither a number of Macs nor a share of them: write `3` or `25%`")
        return cls(int(digits), percent)

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)

    def up(self, total: int) -> int:
        """How many of `total` that is, at least one, a part of one counted whole."""
        return max(1, -(-total * self.number // 100) if self.percent else self.number)

    def down(self, total: int) -> int:
        """How many of `total` that is, a part of one not counted."""
        return total * self.number // 100 if self.percent else self.number


@dataclass(frozen=True)
class Wave:
    """Macs that have their turn together; the next wave begins when all of them have ended."""

    macs: tuple[str, ...]
    canary: bool = False


def waves(
    macs: Sequence[str],
    *,
    batch: Share | None = None,
    canaries: Collection[str] = (),
    waits: Mapping[str, str] = NOTHING,
) -> list[Wave]:
    """Every Mac in exactly one wave: canaries before the rest, else in the order of `macs`.

    `waits` says for which Mac another waits: that one comes before it, with it or in an earlier wave, and is a canary
    where the waiting one is. `batch` is the most Macs of a wave; a percentage is of all of `macs`.
    """
    known = set(macs)
    first = _before((mac for mac in macs if mac in canaries), waits, known)
    taken = set(first)
    rest = [mac for mac in _before(macs, waits, known) if mac not in taken]
    most = batch.up(len(macs)) if batch is not None else max(1, len(macs))
    return [*_cut(first, most, canary=True), *_cut(rest, most, canary=False)]


def _before(macs: Iterable[str], waits: Mapping[str, str], known: Collection[str]) -> list[str]:
    """Each after the one it waits for."""
    ordered: dict[str, None] = {}
    for mac in macs:
        chain = [mac]
        while (other := waits.get(chain[-1], "")) in known and other not in chain:
            chain.append(other)
        ordered |= dict.fromkeys(reversed(chain))
    return list(ordered)


def _cut(macs: Sequence[str], most: int, *, canary: bool) -> list[Wave]:
    return [Wave(tuple(macs[at : at + most]), canary) for at in range(0, len(macs), most)]


def one_of_each(classes: Mapping[str, str]) -> list[str]:
    """The first Mac of each class; `classes` says which Mac is of which."""
    seen: dict[str, str] = {}
    for mac, kind in classes.items():
        seen.setdefault(kind, mac)
    return list(seen.values())
