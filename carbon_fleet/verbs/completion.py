"""`carbon-fleet completion [SHELL]`: what makes a shell complete verbs, options, Macs, groups and runs."""

import os
import sys
from pathlib import PurePath

import typer

from carbon_fleet.verbs.choice import usage

SHELLS = ("bash", "zsh", "fish")
PROGRAM = "carbon-fleet"
ASKED = "_CARBON_FLEET_COMPLETE"
"""The variable by which typer is asked, here for the script and later, by the script, for words."""


def completion(app: typer.Typer, shell: str | None) -> int:
    """Print the script for `shell`, else for the one in SHELL; the verb ends with 64 where that is none of ours."""
    word = shell or PurePath(os.environ.get("SHELL", "")).name
    if word not in SHELLS:
        said = f"`{word}` is no shell that can be completed" if word else "SHELL does not say which shell this is"
        raise usage(f"{said}: `{PROGRAM} completion {'|'.join(SHELLS)}`")
    os.environ[ASKED] = f"source_{word}"
    try:
        app(args=[], prog_name=PROGRAM)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    finally:
        del os.environ[ASKED]
        sys.stdout.flush()
    return 0
