"""`brew services`: start and stop write and remove a LaunchAgent."""

from __future__ import annotations

import os
import sys

from . import cellar
from .disk import fail, write_text


def main(argv: list[str]) -> int:
    """list, start, stop."""
    verb = argv[0] if argv else "list"
    agents = os.path.expanduser("~/Library/LaunchAgents")
    if verb == "list":
        for name in cellar.installed():
            if os.path.exists(f"{agents}/homebrew.mxcl.{name}.plist"):
                sys.stdout.write(f"{name} started lab {agents}/homebrew.mxcl.{name}.plist\n")
        return 0
    name = argv[1]
    if not cellar.versions(name):
        fail(f"Error: Formula `{name}` is not installed.")
    path = f"{agents}/homebrew.mxcl.{name}.plist"
    if verb == "start":
        write_text(path, f"<plist><dict><key>Label</key><string>homebrew.mxcl.{name}</string></dict></plist>\n")
    elif os.path.exists(path):
        os.unlink(path)
    sys.stdout.write(f"==> Successfully {verb}{'p' * (verb == 'stop')}ed `{name}` (label: homebrew.mxcl.{name})\n")
    return 0
