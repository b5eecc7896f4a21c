"""What Homebrew has on a Mac, in words: it is what an upgrade moves, and a keg's receipt shows when one did."""

from datetime import UTC, datetime

from operations.homebrew.install import address_of
from operations.homebrew.seen import HomebrewSeen, Receipt

CORE = "homebrew/core"


def versions(seen: HomebrewSeen) -> dict[str, str]:
    """Homebrew itself, and each formula that has a receipt, by address: `6.0.1, poured 2026-11-20 03:12 UTC by …`."""
    found = {"homebrew": seen.version} if seen.version else {}
    for name, formula in seen.formulae.items():
        if (receipt := formula.receipt) is not None:
            found[address_of(_full(name, receipt))] = f"{formula.version}{_poured(receipt)}"
    return found


def _full(name: str, receipt: Receipt) -> str:
    return name if receipt.tap in (None, "", CORE) else f"{receipt.tap}/{name}"


def _poured(receipt: Receipt) -> str:
    by = f" by Homebrew {receipt.by}" if receipt.by else ""
    try:
        when = datetime.fromtimestamp(receipt.time or 0, UTC)
    except (ValueError, OverflowError, OSError):
        when = None
    at = f" {when:%Y-%m-%d %H:%M} UTC" if receipt.time and when else ""
    return f", poured{at}{by}" if at or by else ""
