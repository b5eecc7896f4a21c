"""Files the lab serves as a lab's own mirror would, kept in the cache."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host
from carbon_fleet.sim.vm import VMError

MESA_NAME = "mesa_25.0.7.orig.tar.xz"
"""Mesa's release tarball as Debian trixie's source package keeps it."""
MESA_SHA256 = "592272df3cf01e85e7db300c449df5061092574d099da275d19e97ef0510f8a6"
_FETCH_SECONDS = 600


def directory() -> Path:
    """Return the directory whose files the mirror serves, made when missing."""
    folder = host.cache_directory() / "files"
    folder.mkdir(exist_ok=True)
    return folder


def mesa_tarball() -> Path:
    """Return Mesa's tarball in the mirror's directory, fetched once and checked each time. Raises VMError."""
    target = directory() / MESA_NAME
    with FileLock(host.cache_directory() / "mesa.lock"):
        if not target.exists():
            _fetch(target)
    found = sha256(target)
    if found != MESA_SHA256:
        raise VMError(f"{target} has sha256 {found}, wanted {MESA_SHA256}: delete it and try again.")
    return target


def sha256(path: Path) -> str:
    """Return the file's SHA-256 as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=host.cache_directory(), prefix=".apt-") as name:
        apt = Path(name)
        options = _apt(apt)
        try:
            for arguments in (["update"], ["source", "--download-only", "mesa"]):
                subprocess.run(
                    ["apt-get", *options, *arguments],
                    cwd=apt,
                    check=True,
                    capture_output=True,
                    text=True,
                    timeout=_FETCH_SECONDS,
                )
        except subprocess.CalledProcessError as error:
            raise VMError(f"apt-get {arguments[0]} of Mesa's source failed: {error.stderr.strip()}") from error
        if not (apt / MESA_NAME).exists():
            raise VMError(f"this machine's Debian archive has another Mesa in trixie than {MESA_NAME}.")
        shutil.move(apt / MESA_NAME, target)


def _apt(apt: Path) -> list[str]:
    (apt / "lists/partial").mkdir(parents=True)
    (apt / "cache/archives/partial").mkdir(parents=True)
    (apt / "sources.sources").write_text(
        f"Types: deb-src\nURIs: {host.archive().main}\nSuites: trixie\nComponents: main\nSigned-By: {host.KEYRING}\n"
    )
    settings = {
        "Dir::Etc::SourceList": apt / "sources.sources",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
