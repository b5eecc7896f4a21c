"""The early end of a verb. Apart from the rest, so that `carbon-fleet --help` loads none of it."""


class Stop(Exception):
    """The verb ends here with this exit code; what was wrong has been said on standard error."""

    def __init__(self, code: int) -> None:
        """Keep the exit code."""
        self.code = code
        super().__init__(code)
