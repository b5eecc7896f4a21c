"""What verify's perl says of listeners of every kind; the whole of it against a real machine: test_verify_real."""

import socket
import subprocess
from threading import Thread

from carbon_fleet.verify.reach import ASK


def test_who_listens_and_who_only_seems_to() -> None:
    silent, talks, hangs_up = (socket.create_server(("127.0.0.1", 0)) for _ in range(3))
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()[1]

    def serve(server: socket.socket, says: bytes) -> None:
        client = server.accept()[0]
        client.sendall(says)
        client.close()

    for server, says in ((talks, b"hello"), (hangs_up, b"")):
        Thread(target=serve, args=(server, says), daemon=True).start()
    ports = [*(server.getsockname()[1] for server in (silent, talks, hangs_up)), nobody]
    words = ["perl", "-e", ASK, "1", *(f"127.0.0.1:{port}" for port in ports)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    heard = dict(line.split(" ", 1) for line in ran.stdout.splitlines())
    assert [heard[f"127.0.0.1:{port}"].partition(":")[0] for port in ports] == [
        "answers",
        "answers",
        "it is hung up at once",
        "nobody listens there",
    ]
