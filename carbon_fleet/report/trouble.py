"""What ends the work on a Mac with words of its own."""

from carbon_fleet.report.document import Failure


class Trouble(Exception):
    """The work on one Mac ends here; `failure` says why and what to do."""

    def __init__(self, failure: Failure) -> None:
        """Keep the Failure; the message is what is wrong, and the remedy."""
        self.failure = failure
        super().__init__(f"{failure.what}; {failure.remedy}")
