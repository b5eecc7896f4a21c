"""How a run of the command line ends: every end has its exit code and its words, on standard error."""

import os
import sys
import traceback
from collections.abc import Callable

from carbon_fleet.report.exits import Exit
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.verbs.stop import Stop


def exit_code_of(app: Callable[..., object]) -> int:
    """Run the typer `app` and return its exit code.

    A mistake of ours ends with 1 and one line, its traceback with CARBON_DEBUG=1; bad usage with 64 (typer says 2).
    """
    try:
        return _code_of(app)
    finally:
        _forget_listener()


def _code_of(app: Callable[..., object]) -> int:
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except Stop as stop:
        return stop.code
    except BrokenPipeError:
        forget_reader()
        return Exit.WE_FAILED
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        return _failed(error)
    return _interrupted() if code == Exit.INTERRUPTED else code if isinstance(code, int) else 0


def forget_reader() -> None:
    """Whoever read our standard output is gone (`| head`): what is left to say goes nowhere, without a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _forget_listener() -> None:
    """Whoever listened to standard error is gone (`2>&1 | head`): Python would end with 120 for what it could not say.

    Source: Python's `sys.exit`, "If an error occurs in the cleanup after the interpreter has caught SystemExit".
    """
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _interrupted() -> int:
    print("interrupted: run the same command again, it goes on from what is there", file=sys.stderr)
    return Exit.INTERRUPTED


def _failed(error: Exception) -> int:
    show = getattr(error, "show", None)  # typer's own errors: they know the usage line
    if show is not None:
        show()
        return Exit.USAGE
    if os.environ.get("CARBON_DEBUG"):
        print(HIDDEN.text("".join(traceback.format_exception(error))), end="", file=sys.stderr)
        return Exit.WE_FAILED
    text = HIDDEN.text(f"{type(error).__name__}: {error}")
    print(f"carbon-fleet failed: {text} (CARBON_DEBUG=1 shows where)", file=sys.stderr)
    return Exit.WE_FAILED
