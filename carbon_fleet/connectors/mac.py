"""A Mac over SSH: pyinfra's own connector, made strict about host keys, quick, and honest about exit statuses."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import gevent
from paramiko import Channel, SSHException
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.connectors.ssh import SSHConnector

from carbon_fleet.connectors.ran import CHUNK, Ended, GaveUp, Hear, Ran, Stream
from carbon_fleet.connectors.reading import deadline, lines_of
from carbon_fleet.connectors.stream import Errors, moving

SILENT_SECONDS = 30
"""A connection that has been silent so long is asked, by TCP, whether the other end is still there."""
BROKE = "the connection broke"
BREAKS = (SSHException, OSError, EOFError)
WINDOW = 16 << 20
"""Bytes of a stream that may be on their way: with paramiko's own 2 MiB a long way would stand idle between windows."""


class MacConnector(SSHConnector):
    """`@carbon-mac/NAME`: host data are those of pyinfra's `ssh` connector, strict host key checking the only mode.

    paramiko never sets TCP_NODELAY, so that every command waits for a delayed acknowledgement; here it is set.
    """

    @staticmethod
    def make_names_data(name: str | None = None) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """The host keeps the Mac's own name, so that pyinfra's `--limit` takes it."""
        if name is not None:
            yield name, {"ssh_strict_host_key_checking": "yes"}, []

    def connect(self) -> None:
        """Connect and authenticate; an unknown or changed host key is a ConnectError before any command."""
        try:
            super().connect()
        except ConnectError:
            raise
        except (PyinfraError, ValueError) as error:  # a key that is not there, not ours to read, or has a passphrase
            raise ConnectError(str(error)) from error
        transport = self.client.get_transport() if self.client else None
        if transport is not None and isinstance(transport.sock, socket.socket):
            _tune(transport.sock)

    def disconnect(self) -> None:
        """Close the connection itself: pyinfra's connector leaves it to the garbage collector."""
        super().disconnect()
        if self.client is not None:
            self.client.close()

    def execute(self, line: str, stdin: str | None, seconds: float, hear: Hear | None = None) -> Ran:
        """Run a line of POSIX sh on the Mac as the login user; see `Transport`."""
        transport = self.client.get_transport() if self.client else None
        if transport is None:
            raise GaveUp("not connected")
        try:
            # paramiko itself would wait an hour for a channel, and for ever on a full window or a lost exit status.
            with deadline(seconds), transport.open_session() as channel:
                channel.exec_command(line)
                return _ran(channel, (stdin or "").encode(), hear)
        except (SSHException, OSError, EOFError) as error:
            raise GaveUp(f"{BROKE}: {error or type(error).__name__}") from error

    def alive(self) -> bool:
        """See `Transport`."""
        transport = self.client.get_transport() if self.client else None
        if transport is None or not transport.is_active():
            return False
        try:
            transport.send_ignore()  # it may know of the end only when it writes
        except BREAKS:
            return False
        return True

    def open(self, line: str) -> Stream:
        """Start a line of POSIX sh on the Mac as the login user; see `Transport`."""
        transport = self.client.get_transport() if self.client else None
        if transport is None:
            raise GaveUp("not connected")
        with moving(*BREAKS, words=BROKE):
            channel = transport.open_session(window_size=WINDOW)
            channel.exec_command(line)
        return MacStream(channel)


class MacStream:
    """A command on a Mac, in a channel of its connection; see `Stream`."""

    def __init__(self, channel: Channel) -> None:
        """Take over a channel whose command was started."""
        self._channel, self._errors = channel, Errors(channel.recv_stderr)

    def read(self, most: int = CHUNK) -> bytes:
        """See `Stream`."""
        with moving(*BREAKS, words=BROKE):
            return self._channel.recv(most)

    def write(self, data: bytes) -> bool:
        """See `Stream`."""
        with moving(*BREAKS, words=BROKE):
            if self._channel.exit_status_ready():
                return False
            try:
                self._channel.sendall(data)
            except OSError:  # the channel alone may be closed: the command has ended, and its status says how
                if not self._channel.exit_status_ready():
                    raise
                return False
        return True

    def wait(self) -> Ended:
        """See `Stream`."""
        with moving(*BREAKS, words=BROKE):
            with suppress(OSError):
                self._channel.shutdown_write()
            while self._channel.recv(CHUNK):
                pass
            status = self._channel.recv_exit_status()
            if status < 0:
                raise GaveUp(f"{BROKE} before the command's exit status came")
            return Ended(status, self._errors.lines())

    def close(self) -> None:
        """See `Stream`."""
        with suppress(*BREAKS):
            self._channel.close()
        self._errors.close()


def _ran(channel: Channel, stdin: bytes, hear: Hear | None) -> Ran:
    writer = gevent.spawn(_write, channel, stdin)
    try:
        lines = lines_of((channel.recv, channel.recv_stderr), hear)
        status = channel.recv_exit_status()
    finally:
        writer.kill(block=False)
    if status < 0:
        raise GaveUp(f"{BROKE} before the command's exit status came")
    return Ran(status, *lines)


def _write(channel: Channel, text: bytes) -> None:
    try:
        channel.sendall(text)
        channel.shutdown_write()
    except (SSHException, OSError, EOFError):
        return  # a program may end without reading all it was sent; how it ended tells more than that


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = "TCP_KEEPALIVE" if hasattr(socket, "TCP_KEEPALIVE") else "TCP_KEEPIDLE"
    for name, value in ((idle, SILENT_SECONDS), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def host_key_trouble(error: ConnectError) -> str | None:
    """`unknown` or `changed` when a connection failed because of the host key, else None."""
    text = " ".join(str(argument) for argument in error.args)
    if "StrictPolicy" in text:
        return "unknown"
    return "changed" if "SSH host key error" in text else None
