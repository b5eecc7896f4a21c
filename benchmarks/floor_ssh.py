"""A cold `ssh` process per Mac, all at the same time, each running the probe once; nothing is parsed."""

import subprocess
import sys
from pathlib import Path

from benchmarks.targets_file import Target, read


def _start(target: Target) -> "subprocess.Popen[str]":
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={target.known_hosts}"]
    flags = [flag for option in options for flag in ("-o", option)]
    way = ["-i", target.key, "-p", str(target.port), f"{target.user}@{target.host}"]
    command = ["ssh", "-F", "/dev/null", "-T", *flags, *way, "/bin/sh -s"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def main(targets: list[Target]) -> int:
    """The number of Macs whose probe came to its end."""
    running = [(_start(target), target.script) for target in targets]
    for process, script in running:
        if process.stdin:
            process.stdin.write(script)
            process.stdin.close()
            process.stdin = None
    return sum("%done" in process.communicate()[0] for process, _ in running)


if __name__ == "__main__":
    macs = read(Path(sys.argv[1]))
    sys.exit(0 if main(macs) == len(macs) else 1)
