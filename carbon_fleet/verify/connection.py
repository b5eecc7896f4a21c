"""The one connection to a Mac that everything of a look rides on: OpenSSH's shared one, or this machine itself."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verify.ssh_config import CONNECT_SECONDS, write_config
from carbon_fleet.verify.trouble import NoAnswer, closed_mac, lost

GRACE = 15
"""Seconds a command's own deadline may be overrun, for the network and for what ends it."""
PIPE = subprocess.PIPE


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit status and what it printed."""

    status: int
    out: bytes
    err: bytes


class Connection(Protocol):
    """What a look needs of a way into a Mac."""

    def run(self, line: str, seconds: int) -> Ran:
        """Run a line of shell that ends within `seconds` of itself. Raises `NoAnswer` or `Closed`."""
        ...

    def hold(self, line: str) -> "subprocess.Popen[bytes]":
        """Start a line that lives until its standard input is closed."""
        ...

    def close(self) -> None:
        """End the connection and all that rides on it."""
        ...


class HereConnection:
    """The Mac carbon-fleet runs on."""

    def run(self, line: str, seconds: int) -> Ran:
        """See `Connection`."""
        return _run(["/bin/sh", "-c", line], seconds)

    def hold(self, line: str) -> "subprocess.Popen[bytes]":
        """See `Connection`."""
        return subprocess.Popen(["/bin/sh", "-c", line], stdin=PIPE, stdout=PIPE, stderr=PIPE)

    def close(self) -> None:
        """Nothing is open."""


class SSHConnection:
    """A Mac over one authenticated ssh. `directory` is private, short (a socket's path has 103 characters) and ours."""

    def __init__(self, lab: Lab, mac: Mac, directory: Path) -> None:
        """Connect. Raises `Closed`, before any command, when unreachable or when the host key is another."""
        self._mac, self._said, self._socket = mac, directory / "said", directory / "s"
        self._ssh = ["ssh", "-F", str(write_config(lab, mac, directory)), "-T"]
        # It runs `cat` and not nothing (-N): should we vanish, the closed input ends cat, and with it the connection.
        with self._said.open("wb") as said:
            master = [*self._ssh, "-M", mac.host, "cat >/dev/null"]
            self._master = subprocess.Popen(master, stdin=PIPE, stdout=subprocess.DEVNULL, stderr=said)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 2 * CONNECT_SECONDS
        while not self._socket.exists():
            if self._master.poll() is not None:
                raise closed_mac(self._mac, self._words())
            if time.monotonic() > end:
                self.close()
                raise closed_mac(self._mac, "no SSH handshake in time: the Mac is there but does not answer")
            time.sleep(0.02)

    def run(self, line: str, seconds: int) -> Ran:
        """See `Connection`."""
        try:
            ran = _run(self._client(line), seconds)
        except NoAnswer:
            self._alive()
            raise
        if ran.status == 255:
            self._alive()
        return ran

    def hold(self, line: str) -> "subprocess.Popen[bytes]":
        """See `Connection`."""
        return subprocess.Popen(self._client(line), stdin=PIPE, stdout=PIPE, stderr=PIPE)

    def close(self) -> None:
        """See `Connection`."""
        end(self._master, 3)

    def _client(self, line: str) -> list[str]:
        # Should the shared connection be gone, this must fail, not connect anew.
        return [*self._ssh, "-o", "ControlMaster=no", "-o", "ProxyCommand=false", self._mac.host, line]

    def _alive(self) -> None:
        try:
            self._master.wait(0.5)
        except subprocess.TimeoutExpired:
            return
        raise lost(self._mac, self._words())

    def _words(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")


def end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Close a held process's input and wait for it; end it when that takes longer than `seconds`."""
    try:
        process.communicate(timeout=seconds)
    except (subprocess.TimeoutExpired, OSError):
        process.terminate()
        try:
            process.communicate(timeout=2)
        except (subprocess.TimeoutExpired, OSError):
            process.kill()
            process.wait()


def _run(words: list[str], seconds: int) -> Ran:
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + GRACE, check=False
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"no answer within {seconds + GRACE} s") from None
    return Ran(done.returncode, done.stdout, done.stderr)
