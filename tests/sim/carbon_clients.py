"""Clients of the carbon suite's services, as small as their protocols let them be: is this secret let in?

Every one takes the port on 127.0.0.1 and a secret, and answers True or False; a service that is not there raises.
"""

import asyncio
import socket
import struct
import urllib.error
import urllib.parse
import urllib.request

import asyncssh
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

HOST = "127.0.0.1"
SECONDS = 30


def jupyter(port: int, token: str) -> bool:
    """Jupyter's list of files, for a token."""
    request = urllib.request.Request(f"http://{HOST}:{port}/api/contents", headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        if error.code == 403:
            return False
        raise


def code_server(port: int, password: str) -> bool:
    """code-server's login: it sets a cookie for who knows the password, and shows the form again to others."""
    body = urllib.parse.urlencode({"password": password}).encode()
    browser = urllib.request.build_opener(_Stay)
    try:
        with browser.open(f"http://{HOST}:{port}/login", body, SECONDS) as answer:
            assert "Incorrect password" in answer.read().decode()
            return False
    except urllib.error.HTTPError as error:
        if error.code == 302 and "code-server-session" in error.headers["Set-Cookie"]:
            return True
        raise


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing: where it leads to is the answer."""


def page(port: int, path: str) -> str:
    """A page that everybody may see."""
    with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=SECONDS) as answer:
        return str(answer.read().decode())


def redis(port: int, password: str) -> bool:
    """PING after AUTH (RESP); without AUTH it has to be refused."""
    with socket.create_connection((HOST, port), SECONDS) as there:
        there.sendall(b"PING\r\n")
        assert there.recv(100).startswith(b"-NOAUTH")
        there.sendall(f'AUTH "{password}"\r\n'.encode())
        return there.recv(100).startswith(b"+OK")


def mosquitto(port: int, password: str) -> bool:
    """CONNECT as carbon; CONNACK's code 0 is welcome, 5 is not authorized (MQTT 3.1.1, 3.2.2.3)."""
    words = [word.encode() for word in ("test", "carbon", password)]
    body = b"\x00\x04MQTT\x04\xc2\x00\x3c" + b"".join(struct.pack(">H", len(word)) + word for word in words)
    with socket.create_connection((HOST, port), SECONDS) as there:
        there.sendall(bytes([0x10, len(body)]) + body)
        code = _exactly(there, 4)[3]
    assert code in (0, 5), code
    return code == 0


def vnc(port: int, password: str) -> bool:
    """RFB 3.8 with VNC's own authentication (RFC 6143, 7.1 and 7.2.2): DES with every byte of the key turned around."""
    with socket.create_connection((HOST, port), SECONDS) as there:
        assert _exactly(there, 12) == b"RFB 003.008\n"
        there.sendall(b"RFB 003.008\n")
        kinds = _exactly(there, _exactly(there, 1)[0])
        assert kinds == b"\x02", f"somebody is let in without a password: {kinds!r}"
        there.sendall(b"\x02")
        key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in password.encode()[:8].ljust(8, b"\0"))
        # DES is triple DES with one key three times.
        cipher = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()
        there.sendall(cipher.update(_exactly(there, 16)))
        return _exactly(there, 4) == b"\0\0\0\0"


def rdp(port: int) -> bool:
    """X.224's connection confirm (MS-RDPBCGR 2.2.1.2): the server is there; who one is it asks later."""
    with socket.create_connection((HOST, port), SECONDS) as there:
        there.sendall(bytes.fromhex("030000130ee000000000000100080003000000"))
        return _exactly(there, 6)[5] == 0xD0


def ssh(port: int, password: str | None = None, key: str | None = None) -> str | None:
    """The host key's fingerprint, when carbon is let in by this password or private key."""
    return asyncio.run(_ssh(port, password, key))


async def _ssh(port: int, password: str | None, key: str | None) -> str | None:
    keys = [key] if key else None
    try:
        there = await asyncssh.connect(
            HOST, port, username="carbon", password=password, client_keys=keys, known_hosts=None, agent_path=None
        )
    except asyncssh.PermissionDenied:
        return None
    async with there:
        said = await there.run("id -un", check=True)
        assert said.stdout == "carbon\n"
        host_key = there.get_server_host_key()
    return str(host_key.get_fingerprint()) if host_key else None


def _exactly(there: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = there.recv(size - len(found))
        assert more, f"the connection ended after {found!r}"
        found += more
    return found
