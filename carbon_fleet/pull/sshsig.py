"""Detached ssh signatures, made and checked by ssh-keygen (ssh-keygen(1), -Y; OpenSSH's PROTOCOL.sshsig)."""

import re
import subprocess
import tempfile
from pathlib import Path

NAMESPACE = "carbon-fleet"
"""What the signature is for: one of a git commit or of a mail, by the same key, is none of a bundle."""
SECONDS, ASKED_SECONDS = 60, 600
_GOOD = re.compile(rf'Good "{NAMESPACE}" signature for (\S+) with')
_NO_PROGRAM = "there is no ssh-keygen on PATH"


class SignatureFailed(Exception):
    """There is no good signature, or none could be made; the message is what ssh-keygen said of it."""


def signer(content: bytes, signature: bytes, signers: Path) -> str:
    """Who of the allowed `signers` made this signature of `content`. Raises `SignatureFailed`."""
    with tempfile.TemporaryDirectory(prefix="carbon-fleet-") as folder:
        path = Path(folder, "signature")
        path.write_bytes(signature)
        words = ("-s", str(path), "-f", str(signers))
        trouble = SignatureFailed("its key is nobody's in that file")
        try:
            found = _run("find-principals", *words).decode(errors="replace").split("\n")
        except SignatureFailed as error:
            raise (trouble if "No principal matched" in str(error) else error) from None
        for name in (line for line in found if line):
            try:
                said = _run("verify", *words, "-n", NAMESPACE, "-I", name, stdin=content)
            except SignatureFailed as error:
                trouble = error
                continue
            if good := _GOOD.search(said.decode(errors="replace")):
                return good[1]
        raise trouble


def sign(content: bytes, key: Path) -> bytes:
    """The signature of `content` by a private key, or by a public one whose private one an agent holds.

    ssh-keygen asks at the terminal for what it needs. Raises `SignatureFailed`.
    """
    return _run("sign", "-f", str(key), "-n", NAMESPACE, stdin=content, seconds=ASKED_SECONDS)


def _run(verb: str, *words: str, stdin: bytes = b"", seconds: int = SECONDS) -> bytes:
    try:
        ran = subprocess.run(
            ["ssh-keygen", "-Y", verb, *words], input=stdin, capture_output=True, timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise SignatureFailed(_NO_PROGRAM) from None
    except subprocess.TimeoutExpired:
        raise SignatureFailed(f"ssh-keygen did not end in {seconds} s") from None
    if ran.returncode != 0:
        lines = [line for line in (ran.stderr + ran.stdout).decode(errors="replace").splitlines() if line.strip()]
        raise SignatureFailed(lines[0] if lines else f"ssh-keygen ended with {ran.returncode}")
    return ran.stdout
