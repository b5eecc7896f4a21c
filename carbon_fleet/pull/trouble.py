"""What keeps a fetched lab from being taken."""

from carbon_fleet.report.document import Failure


class NotTaken(Exception):
    """Nothing was taken: the lab that was in force still is."""

    def __init__(self, failure: Failure) -> None:
        """Keep what a person is told."""
        self.failure = failure
        super().__init__(failure.what)
