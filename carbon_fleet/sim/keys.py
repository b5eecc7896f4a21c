"""SSH keys of a lab: the controller's, and one host key a Mac or guest."""

import subprocess
from pathlib import Path


def make_key(path: Path, comment: str) -> str:
    """An ed25519 key pair at `path` unless there is one; its public line."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.with_name(path.name + ".pub").read_text().strip()


def known_hosts_line(host: str, port: int, public: str) -> str:
    """The known_hosts line that pins `public` for `host`:`port`."""
    where = host if port == 22 else f"[{host}]:{port}"
    return f"{where} {' '.join(public.split()[:2])}\n"
