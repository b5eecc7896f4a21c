"""The script that holds the way into a virtual machine open: whoever asked may vanish at any moment."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from carbon_fleet import assets

SLOW_SSH = """#!/bin/sh
while [ "$1" != -S ]; do shift; done
sleep 0.5
echo $$ >"$HOME/master"
exec perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1); sleep 60' "$2"
"""


@pytest.mark.parametrize(
    "shell", [name for name in ("sh", "dash", "bash", "busybox sh", "mksh") if shutil.which(name.split()[0])]
)
def test_the_asker_gone_before_the_way_is_open_leaves_nothing(shell: str, tmp_path: Path) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(SLOW_SSH)
    ssh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    words = [*shell.split(), "-c", assets.text("verify/hop.sh"), "sh", "key", "22"]
    pipe = subprocess.PIPE
    asked = subprocess.Popen(words, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path)
    assert asked.stdin is not None
    assert asked.stdout is not None
    asked.stdin.close()
    asked.stdout.close()
    asked.wait(10)
    master = int((tmp_path / "master").read_text())
    end = time.monotonic() + 5
    while psutil.pid_exists(master) and time.monotonic() < end:
        time.sleep(0.05)
    assert not psutil.pid_exists(master)
