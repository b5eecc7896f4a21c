"""A lab whose stacks use secrets, one of them given, and ways to look for a value where it should not be."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from carbon_fleet.sim.lab import SimulatedLab

FOLDER = ".config/carbon-fleet/secrets"
VARIABLE = "LAB_TEST_CANARY"
IMAGE = "docker.io/library/debian:bookworm"


def container(**more: Any) -> dict[str, Any]:
    """A container that does nothing, and has what it is given."""
    return {"image": IMAGE, "command": ["sleep", "infinity"], **more}


def wishes() -> dict[str, Any]:
    """Defaults for a lab: three containers, three secrets, nothing to build."""
    containers = {
        "web": container(secrets={"WEB_TOKEN": "web-token", "/run/secrets/given": "given"}),
        "other": container(secrets={"OTHER_TOKEN": "other-token"}),
        "plain": container(),
    }
    secrets = {"given": {"source": "env", "name": VARIABLE}}
    return {"images": None, "secrets": secrets, "stacks": [{"name": "shop", "containers": containers}]}


class Watch:
    """What processes of this machine, and so of the simulated Macs and their machines, show of some words."""

    def __init__(self, words: list[str]) -> None:
        """`words` are what nobody may show in arguments or, outside carbon-fleet itself, in the environment."""
        self.words, self.found, self._over = words, set[str](), threading.Event()
        self.looks = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Look again and again until the block ends."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error, OSError):
                    self._look(process.cmdline())
            self.looks += 1
            self._over.wait(0.05)

    def _look(self, argv: list[str]) -> None:
        line = " ".join(argv)
        self.found |= {line[:300] for word in self.words if word in line}


def files_with(words: list[str], folder: Path) -> list[str]:
    """Regular files below `folder` in which one of the words stands, as paths relative to it."""
    found = []
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top, name)
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_symlink() and path.stat().st_size < 50_000_000:
                    content = path.read_bytes()
                    found += [str(path.relative_to(folder)) for word in words if word.encode() in content]
    return sorted(set(found))


def shown(lab: SimulatedLab, name: str) -> str:
    """A secret as the Mac keeps it."""
    return (lab.mac("mac-01").home / FOLDER / name).read_text()
