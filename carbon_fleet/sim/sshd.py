"""An sshd that serves one user inside a sandbox, without root."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from carbon_fleet.sim.state import SimError

_CONFIG = """ListenAddress {host}:{port}
HostKey {host_key}
AuthorizedKeysFile {authorized_keys}
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
PrintMotd no
MaxStartups 200
MaxSessions 200
AcceptEnv LANG LC_*
SetEnv {environment}
Subsystem sftp internal-sftp
LogLevel ERROR
"""
BANNER_SECONDS = 20


def write_config(path: Path, *, host: str, port: int, host_key: str, authorized_keys: str, environment: str) -> None:
    """Write an sshd_config; the paths in it are as the sandbox sees them."""
    text = _CONFIG.format(
        host=host, port=port, host_key=host_key, authorized_keys=authorized_keys, environment=environment
    )
    path.write_text(text)


def answers(host: str, port: int, seconds: float = 1.0) -> bool:
    """Whether an sshd sends its banner there."""
    try:
        with socket.create_connection((host, port), seconds) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_for_banner(host: str, port: int, log: Path, alive: Callable[[], bool]) -> None:
    """Return when an sshd answers; raises SimError with the end of its log when it does not or its process is gone."""
    deadline = time.monotonic() + BANNER_SECONDS
    while not answers(host, port):
        if time.monotonic() > deadline or not alive():
            said = log.read_text(errors="replace")[-800:] if log.exists() else "nothing"
            raise SimError(f"the sshd on {host}:{port} did not come up; its log ends with: {said}")
        time.sleep(0.01)
