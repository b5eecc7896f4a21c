"""gvproxy: forwards the machine's ssh port to the guest's sshd, and the ports that the guest's podman has published.

It outlives a crashed krunkit, as the real one. Where the real one is told by podman what to publish, this one asks the
supervisor, every other second.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time

from . import supervisor_line
from .argv0 import show_as
from .disk import facts, fault


def main(argv: list[str]) -> int:
    """Forward until a signal comes; or say which version this is."""
    if "-version" in argv:
        sys.stdout.write(f"gvproxy version v{_version()}\n")
        return 0
    port = int(argv[argv.index("-ssh-port") + 1])
    pid_file = argv[argv.index("-pid-file") + 1]
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    show_as([os.environ.get("SIM_ARGV0", argv[0]), *argv[1:]])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE})
    threading.Thread(target=_until_signal, daemon=True).start()
    threading.Thread(target=_publish, daemon=True).start()
    while True:
        client = server.accept()[0]
        threading.Thread(target=_connect, args=(client,), daemon=True).start()


def _version() -> str:
    """That of its keg; podman's own comes without CVE-2026-107935, unless a fault says otherwise."""
    parts = os.path.realpath(sys.argv[0]).split("/")
    keg = parts[parts.index("gvproxy") + 1] if "Cellar/gvproxy/" in "/".join(parts) else ""
    return keg or facts().get("GVPROXY_VERSION", "0.9.0")


def _until_signal() -> None:
    """End on a signal, and say in the log who sent it."""
    said = signal.sigwaitinfo({signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
    sys.stderr.write(f"signal {said.si_signo} from process {said.si_pid}\n")
    sys.stderr.flush()
    os._exit(0)


def _connect(client: socket.socket) -> None:
    while fault("guest-ssh-dead"):
        time.sleep(0.2)
    port = None if fault("guest-emergency") else supervisor_line.ask(op="guest-port").get("port")
    try:
        guest = socket.create_connection(("127.0.0.1", port)) if port else None
    except OSError:
        guest = None
    if guest is None:
        client.close()
        return
    for one in (client, guest):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=_pump, args=(guest, client), daemon=True).start()
    _pump(client, guest)


def _publish() -> None:
    """Listen where the guest's podman has published something; a place that somebody else has is passed over."""
    servers: dict[tuple[str, int], socket.socket] = {}
    refused: set[tuple[str, int]] = set()
    while (places := _places()) is not None:
        for place in servers.keys() - places:
            servers[place].shutdown(socket.SHUT_RDWR)
            servers.pop(place).close()
        for place in places - servers.keys():
            try:
                servers[place] = socket.create_server(place, backlog=64)
            except OSError as error:
                if place not in refused:
                    sys.stderr.write(f"listen tcp {place[0]}:{place[1]}: {error}\n")
                refused.add(place)
                continue
            threading.Thread(target=_serve, args=(servers[place], place[1]), daemon=True).start()
        time.sleep(2)


def _places() -> set[tuple[str, int]] | None:
    """Where to listen; None when nothing is ever published here."""
    try:
        places = supervisor_line.ask(op="published").get("places", [])
    except OSError:
        return set()
    return None if places is None else {(host, port) for host, port in places}


def _serve(server: socket.socket, port: int) -> None:
    while True:
        try:
            client = server.accept()[0]
        except OSError:
            return  # it is published no more
        threading.Thread(target=_join, args=(client, port), daemon=True).start()


def _join(client: socket.socket, port: int) -> None:
    guest = supervisor_line.connect()
    supervisor_line.send(guest, op="connect", port=port)
    answer = b""
    while not answer.endswith(b"\n") and (byte := guest.recv(1)):  # what follows the line is the guest's own
        answer += byte
    if b'"ok"' not in answer:
        client.close()
        guest.close()
        return
    threading.Thread(target=_pump, args=(guest, client), daemon=True).start()
    _pump(client, guest)


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for one in (source, target):
            one.close()
