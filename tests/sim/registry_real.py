"""A real registry behind a login, and on the way to it somebody who counts: it is killed once enough has gone by."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bcrypt

from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.registry import Registry

PASSWORD = "a-password-of-the-registry-7Qw"


class ClosedRegistry:
    """The registry at 127.0.0.1:port, user `lab`.

    Once one connection has carried `die_after` bytes from it, that one stands still until `dies_when` says yes; then
    the registry is killed (SIGKILL), and what of it is still under way is lost.
    """

    def __init__(self, directory: Path) -> None:
        self.login = f"lab:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n"
        self.registry = Registry(directory, free_port(), self.login)
        self.blobs = directory / "registry"
        self.registry.start()
        self.given = 0
        self.die_after: int | None = None
        self.dies_when: Callable[[], bool] = lambda: True
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """End both."""
        self._door.close()
        self.registry.stop()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._between, args=(client,), daemon=True).start()

    def _between(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.registry.port), timeout=20)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
        self._pass(server, client, True)

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                if counted:
                    self.given += len(piece)
                    carried += len(piece)
                    if self._dies(carried):
                        break
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _dies(self, carried: int) -> bool:
        if self.die_after is None or carried < self.die_after:
            return False
        self.die_after = None
        end = time.monotonic() + 60
        try:
            while not self.dies_when() and time.monotonic() < end:
                time.sleep(0.2)
        finally:
            self.registry.kill()
        return True
