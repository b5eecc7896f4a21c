"""Deliveries of a Change: the files its commands need, in the Mac's cache before they run."""

from functools import cache

from carbon_fleet.plan import Change
from carbon_fleet.report.document import Failure
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.store.carry import Ask, Say, Undelivered, fetch, send
from carbon_fleet.store.site import Site

WHY = "what needs it is left as it is"


@cache
def _site() -> Site:
    """This run's: what several Macs need is fetched for the first that asks, and the others wait for it."""
    return Site()


def deliver(change: Change, ask: Ask, say: Say) -> None:
    """Have every delivery of a Change in the cache of the Mac that answers `ask`. Raises `Trouble`."""
    for delivery in change.deliveries:
        try:
            if delivery.by_mac:
                say("let the Mac fetch it (once)")
                fetch(delivery.sha256, delivery.size, delivery.source, ask)
                continue
            path = _site().have(delivery, say)
            with _site().sending:
                send(delivery.sha256, path, ask, say)
        except Undelivered as error:
            what = f"the model `{delivery.name}` did not come: {error}"
            raise Trouble(Failure(change.address, error.code, what, WHY, error.remedy)) from error
