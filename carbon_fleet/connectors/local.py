"""This very machine as a Mac: no SSH, the same contract."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import gevent
from gevent.subprocess import PIPE, Popen
from pyinfra.connectors.local import LocalConnector

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.connectors.reading import deadline, lines_of


class LocalMacConnector(LocalConnector):
    """`@carbon-local/NAME`: pyinfra's local connector under the Mac's own name."""

    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """The host keeps the Mac's own name."""
        yield name or "local", {}, []

    def execute(self, line: str, stdin: str | None, seconds: float) -> Ran:
        """Run a line of POSIX sh here; see `Transport`."""
        process = Popen(["/bin/sh", "-c", line], stdin=PIPE, stdout=PIPE, stderr=PIPE, bufsize=0)
        writer = gevent.spawn(_write, process.stdin, (stdin or "").encode())
        try:
            with deadline(seconds):
                lines = lines_of((process.stdout.read, process.stderr.read))
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


def _write(stream: Any, text: bytes) -> None:
    # A program may end without reading all it was sent; how it ended tells more than that.
    with suppress(OSError):
        sent = 0
        while sent < len(text):
            sent += stream.write(text[sent : sent + 65536])
        stream.close()
