"""What ends a Mac's benchmark before its figures."""

from collections.abc import Sequence

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.report.document import Failure

WHY = "without it there is nothing to measure on this Mac"


class CannotMeasure(Exception):
    """Nothing can be measured on this Mac; `failure` says why and what to do."""

    def __init__(self, code: str, what: str, remedy: str) -> None:
        """Keep the failure."""
        self.failure = Failure("bench", code, what, WHY, remedy)
        super().__init__(what)


def last_line(ran: Ran) -> str:
    """The last line a command said, errors first."""
    lines: Sequence[str] = (*reversed(ran.err), *reversed(ran.out))
    return next((line.strip()[:300] for line in lines if line.strip()), "it said nothing")
