"""The cache on the machine carbon-fleet runs on: each model is fetched once for all Macs, checked, and kept."""

import os
import subprocess
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_dir

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Delivery, mac, render
from carbon_fleet.store.carry import AGAIN, FETCH_SECONDS, Progress, Say, Undelivered, said
from operations.model.commands import of_cache

VARIABLE = "CARBON_CACHE"
"""Another cache directory than the platform's own."""
SENDERS = 4
"""How many Macs are sent something at once: more would only share the same way."""
_POLL_SECONDS = 0.5


def models_directory() -> Path:
    """Where models are kept; on a Mac the very folder that a Mac of a lab has."""
    return Path(os.environ.get(VARIABLE) or user_cache_dir("carbon-fleet")) / "models"


class Site:
    """What was fetched in this run.

    Its locks are of the kind the run's threads are: so they are made by the run, and of whatever `threading` has then.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Nothing is fetched yet."""
        self.folder = folder or models_directory()
        self.sending = threading.BoundedSemaphore(SENDERS)
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._ended: dict[str, Path | Undelivered] = {}

    def have(self, delivery: Delivery, say: Say) -> Path:
        """The file here, right by its sha256, fetched when it is not there. Raises `Undelivered`, to all who ask."""
        with self._lock:
            lock = self._locks.setdefault(delivery.sha256, threading.Lock())
        with lock:
            if delivery.sha256 not in self._ended:
                try:
                    self._ended[delivery.sha256] = self._fetched(delivery, say)
                except Undelivered as error:
                    self._ended[delivery.sha256] = error
        ended = self._ended[delivery.sha256]
        if isinstance(ended, Undelivered):
            raise ended
        return ended

    def _fetched(self, delivery: Delivery, say: Say) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / f"{delivery.sha256}.lock")
            if not _free(lock):
                say("wait: another carbon-fleet fetches it")
            with lock:
                return Path(said(self._run(delivery, say), "MODEL_NOT_FETCHED", AGAIN))
        except OSError as error:
            raise Undelivered("MODEL_NOT_FETCHED", f"{self.folder}: {error.strerror}", AGAIN) from error

    def _run(self, delivery: Delivery, say: Say) -> Ran:
        """The very script a Mac would fetch it with; it ends when this process does."""
        source = str(Path(delivery.source).expanduser()) if delivery.source.startswith("~") else delivery.source
        words = (delivery.sha256, str(delivery.size), source, str(self.folder))
        line = render(mac(*of_cache("fetch", *words), deadline=FETCH_SECONDS), None)
        part = self.folder / f"{delivery.sha256}.part"
        progress = Progress("fetch it", delivery.size, say)
        say(f"have it here, fetched once ({delivery.source})")
        with subprocess.Popen(
            ["/bin/sh", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            while process.poll() is None:
                time.sleep(_POLL_SECONDS)
                progress.at(part.stat().st_size if part.exists() else 0)
            out, err = process.communicate()
        return Ran(process.returncode, tuple(out.splitlines()), tuple(err.splitlines()))


def _free(lock: FileLock) -> bool:
    try:
        with lock.acquire(timeout=0):
            return True
    except Timeout:
        return False
