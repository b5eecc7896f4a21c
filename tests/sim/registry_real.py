"""A real registry behind a login, and on the way to it somebody who counts: it is killed once enough has gone by."""

import contextlib
import socket
import threading
from pathlib import Path

import bcrypt

from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.registry import Registry

PASSWORD = "a-password-of-the-registry-7Qw"


class ClosedRegistry:
    """The registry at 127.0.0.1:port, user `lab`. After `die_after` bytes from it, it is killed (SIGKILL)."""

    def __init__(self, directory: Path) -> None:
        self.login = f"lab:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n"
        self.registry = Registry(directory, free_port(), self.login)
        self.blobs = directory / "registry"
        self.registry.start()
        self.given = 0
        self.die_after: int | None = None
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
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                if counted:
                    self.given += len(piece)
                    if self.die_after is not None and self.given >= self.die_after:
                        self.die_after = None
                        self.registry.kill()
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
