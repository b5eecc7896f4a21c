"""This very machine as a Mac: no SSH, the same contract."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import gevent
from gevent.subprocess import PIPE, Popen
from pyinfra.connectors.local import LocalConnector

from carbon_fleet.connectors.ran import CHUNK, Ended, GaveUp, Hear, Ran, Stream
from carbon_fleet.connectors.reading import deadline, lines_of
from carbon_fleet.connectors.stream import Errors, moving

BROKE_OFF = "its streams broke off"


class LocalMacConnector(LocalConnector):
    """`@carbon-local/NAME`: pyinfra's local connector under the Mac's own name."""

    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """The host keeps the Mac's own name."""
        yield name or "local", {}, []

    def execute(self, line: str, stdin: str | None, seconds: float, hear: Hear | None = None) -> Ran:
        """Run a line of POSIX sh here; see `Transport`."""
        process = Popen(["/bin/sh", "-c", line], stdin=PIPE, stdout=PIPE, stderr=PIPE, bufsize=0)
        writer = gevent.spawn(_write, process.stdin, (stdin or "").encode())
        try:
            with deadline(seconds):
                lines = lines_of((process.stdout.read, process.stderr.read), hear)
                return Ran(process.wait(), *lines)
        except OSError as error:
            raise GaveUp(f"its output broke off: {error}") from error
        finally:
            writer.kill()
            if process.poll() is None:
                process.kill()
            for stream in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    stream.close()

    def alive(self) -> bool:
        """Always: there is no connection to lose."""
        return True

    def open(self, line: str) -> Stream:
        """Start a line of POSIX sh here; see `Transport`."""
        return LocalStream(Popen(["/bin/sh", "-c", line], stdin=PIPE, stdout=PIPE, stderr=PIPE, bufsize=0))


class LocalStream:
    """A command on this machine; see `Stream`."""

    def __init__(self, process: Any) -> None:
        """Take over a process whose three streams are pipes."""
        self._process, self._errors = process, Errors(process.stderr.read)

    def read(self, most: int = CHUNK) -> bytes:
        """See `Stream`."""
        with moving(OSError, words=BROKE_OFF):
            return bytes(self._process.stdout.read(most))

    def write(self, data: bytes) -> bool:
        """See `Stream`."""
        with moving(OSError, words=BROKE_OFF):
            sent = 0
            try:
                while sent < len(data):
                    sent += self._process.stdin.write(data[sent : sent + CHUNK])
            except BrokenPipeError:
                return False
        return True

    def wait(self) -> Ended:
        """See `Stream`."""
        with moving(OSError, words=BROKE_OFF):
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            while self._process.stdout.read(CHUNK):
                pass
            return Ended(self._process.wait(), self._errors.lines())

    def close(self) -> None:
        """See `Stream`."""
        if self._process.poll() is None:
            self._process.terminate()
        self._errors.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                stream.close()


def _write(stream: Any, text: bytes) -> None:
    # A program may end without reading all it was sent; how it ended tells more than that.
    with suppress(OSError):
        sent = 0
        while sent < len(text):
            sent += stream.write(text[sent : sent + 65536])
        stream.close()
