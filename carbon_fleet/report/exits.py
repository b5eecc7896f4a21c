"""The exit codes of `carbon-fleet`. Apart from the Report, so that `carbon-fleet --help` loads none of it."""


class Exit:
    """What a run's end is called by the shell (the README's table)."""

    OK = 0
    WE_FAILED = 1
    PENDING = 2
    REFUSED = 3
    SOME_FAILED = 4
    UNREACHABLE = 5
    USAGE = 64
    BAD_LAB = 78
    VERIFY_FAILED = 100
    INTERRUPTED = 130
    """By Ctrl-C: what shells say of SIGINT, and typer of a KeyboardInterrupt."""
