"""gvproxy: forwards the machine's ssh port to the guest's sshd; outlives a crashed krunkit, as the real one."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time

from . import supervisor_line
from .argv0 import show_as
from .disk import fault


def main(argv: list[str]) -> int:
    """Forward until a signal comes."""
    port = int(argv[argv.index("-ssh-port") + 1])
    pid_file = argv[argv.index("-pid-file") + 1]
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    with open(pid_file, "w") as file:
        file.write(str(os.getpid()))
    show_as([os.environ.get("SIM_ARGV0", argv[0]), *argv[1:]])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE})
    threading.Thread(target=_until_signal, daemon=True).start()
    while True:
        client = server.accept()[0]
        threading.Thread(target=_connect, args=(client,), daemon=True).start()


def _until_signal() -> None:
    """End on a signal, and say in the log who sent it."""
    said = signal.sigwaitinfo({signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
    sys.stderr.write(f"signal {said.si_signo} from process {said.si_pid}\n")
    sys.stderr.flush()
    os._exit(0)


def _connect(client: socket.socket) -> None:
    while fault("guest-ssh-dead"):
        time.sleep(0.2)
    port = supervisor_line.ask(op="guest-port").get("port")
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


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for one in (source, target):
            one.close()
