"""Brings the model to a host, and to where its containers read it: the same bytes for every path, always checked."""

from collections.abc import Callable

from carbon_fleet.bench.model import Model
from carbon_fleet.bench.trouble import CannotMeasure, last_line
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import mac, shell
from carbon_fleet.store.carry import Ask, Undelivered, fetch, send
from operations.model.commands import check, put

__all__ = ["Ask", "bring"]


def bring(model: Model, ask: Ask, must_hold: Callable[[int], None], say: Callable[[str], None]) -> str:
    """Have the model in the host's cache and where containers read it; its path in the cache. Raises `CannotMeasure`.

    `must_hold` is told how many bytes the model has, before it is copied there.
    """
    path = _to_the_cache(model, ask, say)
    must_hold(_size(path, ask))
    state, _, there = _told(ask(check(model.sha256, "bench"))).partition(" ")
    if state != "ready":
        say("copy the model to where containers read it (once)")
        _told(ask(put(model.sha256, "bench", int(there) if there.isdecimal() else 0)))
    return path


def _to_the_cache(model: Model, ask: Ask, say: Callable[[str], None]) -> str:
    try:
        if model.path is None:
            say("have the model in the host's cache (fetched once)")
            return fetch(model.sha256, model.bytes, model.url, ask)
        return send(model.sha256, model.path, ask, say)
    except Undelivered as error:
        raise CannotMeasure(error.code, str(error), error.remedy) from error


def _size(path: str, ask: Ask) -> int:
    said = _told(ask(mac(*shell('wc -c <"$1"', path))))
    return int(said) if said.isdigit() else 0


def _told(ran: Ran) -> str:
    """The last line of standard output of a command that ended well."""
    if ran.status != 0:
        raise CannotMeasure("MODEL_NOT_IN_MACHINE", last_line(ran), "mend what it names and run again")
    return ran.out[-1].strip() if ran.out else ""
