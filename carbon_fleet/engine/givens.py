"""Looks up, where carbon-fleet runs, the secrets a lab file only points at: once a run, for the Macs that use them."""

import os
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.spec import Given, Lab, Mac
from operations.secret.well_known import known
from operations.secret.wish import Secret
from operations.stack.secrets import from_elsewhere

SECONDS = 60
"""How long sops or the keychain may take: it may be asking somebody for a passphrase."""
MOST = 500_000
"""Bytes podman takes as one secret (go.podman.io/common, pkg/secrets)."""


def with_given(lab: Lab, macs: Sequence[Mac]) -> list[Mac]:
    """The Macs, each with the values of the secrets its stacks use, or with why one could not be had."""
    looked_up: dict[Secret, Given] = {}

    def given(secret: Secret) -> Given:
        if secret not in looked_up:
            looked_up[secret] = look_up(secret, lab.path.absolute().parent)
        return looked_up[secret]

    return [replace(mac, given={n: given(one) for n, one in from_elsewhere(mac).items()}) for mac in macs]


def look_up(secret: Secret, beside: Path) -> Given:
    """One value. Relative paths start in the folder `beside`; nothing is raised for what a person can mend."""
    try:
        text = _READ[secret.source](secret, beside)
    except _NotHad as trouble:
        return Given(what=trouble.what, write=trouble.write)
    found, where = text.removesuffix("\n").removesuffix("\r"), _place(secret)
    HIDDEN.know(found)
    if not found or "\0" in found or len(found.encode()) > MOST:
        return Given(what=f"{where} is {_unfit(found)}", write="put the secret itself there: one value, no more")
    if known(found):
        return Given(what=f"{where} is a password everybody knows", write="choose another, or write `source: generate`")
    return Given(found)


class _NotHad(Exception):
    def __init__(self, what: str, write: str) -> None:
        super().__init__(what)
        self.what, self.write = what, write


def _place(secret: Secret) -> str:
    key = f" {secret.key}" if secret.key else ""
    words = {"env": "the variable", "file": "the file", "sops": "in the sops file", "keychain": "in the keychain"}
    return f"{words[secret.source]} `{secret.name}{key}`"


def _unfit(found: str) -> str:
    return "empty" if not found else f"more than {MOST} bytes" if "\0" not in found else "no text"


def _env(secret: Secret, beside: Path) -> str:
    name = secret.name or ""
    if name not in os.environ:
        write = f"set it for this command, without leaving it in a history: read -rs {name} && export {name}"
        raise _NotHad(f"the variable `{name}` is not set where carbon-fleet runs", write)
    return os.environ[name]


def _file(secret: Secret, beside: Path) -> str:
    path = _path(secret, beside)
    try:
        if path.stat().st_mode & stat.S_IROTH:
            raise _NotHad(f"the file `{path}` can be read by everybody", f"chmod go= {path}")
        with path.open("rb") as file:
            return _text(file.read(MOST + 2), secret)
    except OSError as error:
        write = f"put the secret there: (umask 077 && cat >{path})"
        raise _NotHad(f"the file `{path}` cannot be read: {error.strerror}", write) from None


def _sops(secret: Secret, beside: Path) -> str:
    path = str(_path(secret, beside))
    remedy = f"try it: sops -d --extract '{secret.key}' {path}"
    return _said(["sops", "-d", "--extract", secret.key or "", path], "install it: brew install sops", remedy, secret)


def _keychain(secret: Secret, beside: Path) -> str:
    account = ["-a", secret.key] if secret.key else []
    argv = ["security", "find-generic-password", "-s", secret.name or "", *account, "-w"]
    remedy = f"unlock it (security unlock-keychain) or put it there: {' '.join(argv[:1])} add-generic-password -s "
    remedy += f"{secret.name} -a {secret.key or '$USER'} -w"
    absent = "a keychain is only on a Mac: run carbon-fleet on one, or choose another source"
    return _said(argv, absent, remedy, secret)


def _path(secret: Secret, beside: Path) -> Path:
    return beside / Path(secret.name or "").expanduser()


def _said(argv: list[str], absent: str, remedy: str, secret: Secret) -> str:
    """What a program prints that knows the secret; of what it complains only the last line is told."""
    try:
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    except OSError as error:
        raise _NotHad(f"`{argv[0]}` cannot be run: {error.strerror}", absent) from None
    except subprocess.TimeoutExpired:
        raise _NotHad(
            f"`{argv[0]}` did not answer within {SECONDS} seconds: it may wait for somebody", remedy
        ) from None
    if ran.returncode != 0:
        lines = ran.stderr.decode(errors="replace").strip().splitlines()
        last = lines[-1].strip() if lines else f"status {ran.returncode}"
        raise _NotHad(f"`{argv[0]}` does not give {_place(secret)}: {last}", remedy)
    return _text(ran.stdout, secret)


def _text(value: bytes, secret: Secret) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _NotHad(f"{_place(secret)} is no text", "a secret is text: encode it, for instance with base64") from None


_READ = {"env": _env, "file": _file, "sops": _sops, "keychain": _keychain}
