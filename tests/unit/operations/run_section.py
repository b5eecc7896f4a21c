"""Runs one probe section for real, under every shell a Mac's /bin/sh may be, with stand-ins first on PATH."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from carbon_fleet.snapshot import Section, probe_script, read_snapshot
from carbon_fleet.snapshot.script import Question

SHELLS = tuple(
    shell
    for shell in (("dash", "-s"), ("bash", "--posix", "-s"), ("busybox", "sh", "-s"), ("mksh", "-s"))
    if sys.platform == "linux" or shutil.which(shell[0])
)
"""Shells that read POSIX sh in four different ways: on Linux `make test` installs them, a Mac has two of them."""


def program(folder: Path, name: str, text: str) -> None:
    """Put a sh program `name` into `folder`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run_section(
    shell: tuple[str, ...],
    name: str,
    variables: Mapping[str, str],
    *,
    home: Path,
    programs: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Section:
    """The section `name` as the probe's own script answers it on this machine."""
    path = os.defpath + ":/usr/sbin" if programs is None else f"{programs}:{os.defpath}:/usr/sbin"
    script = probe_script([Question(name, variables=variables)], timing=True)
    done = subprocess.run(
        shell,
        input=script,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
        env={"HOME": str(home), "PATH": path, "TMPDIR": str(home), **(env or {})},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return read_snapshot("mac-01", done.stdout.splitlines()).section(name)
