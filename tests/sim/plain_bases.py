"""Root file systems of distributions, nothing added, to be imported as base images; and why some cannot be had here."""

import hashlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, rootfs
from carbon_fleet.sim.vm import VMError

UBUNTU = "http://archive.ubuntu.com/ubuntu"
_KEYS = "pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb"
_KEYS_SHA256 = "0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f"
"""Ubuntu's archive keys, among them the one of 2018, F6ECB3762474EDA9D21B7022871920D1991BC93C."""
# In memory, for packages are unpacked with a sync for each file.
_MAKE = """mount -t tmpfs -o size=2g none "$0/root"
"$@"
tar -C "$0/root" --numeric-owner --exclude='./dev/*' --exclude='./proc/*' --exclude='./var/cache/apt/*' -cf "$0/tar" .
"""


@dataclass(frozen=True)
class Base:
    """A base image by its reference, and the release it is made from: of a Debian-like archive, or of rpm packages."""

    reference: str
    suite: str = ""
    mirror: str = ""
    rpm: str = ""

    @property
    def name(self) -> str:
        """Its name as a container: `debian-12`."""
        return self.reference.rpartition("/")[2].replace(":", "-").replace(".", "-")


BASES = (
    Base("docker.io/library/debian:12", "bookworm"),
    Base("docker.io/library/debian:13", "trixie"),
    Base("docker.io/library/debian:sid", "sid"),
    Base("docker.io/library/ubuntu:22.04", "jammy", UBUNTU),
    Base("quay.io/fedora/fedora:44", rpm="https://dl.fedoraproject.org/pub/fedora/linux/releases/44"),
    Base("quay.io/centos/centos:stream9", rpm="https://mirror.stream.centos.org/9-stream"),
)
"""What is tried, oldest glibc and newest among it; musl's (Alpine) are no bases for a glibc driver."""


@cache
def absent(base: Base) -> str:
    """Why a base cannot be had on this machine; empty when it can.

    What is no release of Debian's may be broken of itself, or lie on an archive that answers and does not serve.
    """
    if base.rpm:
        return f"{base.reference}: made of rpm packages, for which there is no tool here; {_word(base.rpm)}"
    address = f"{base.mirror or host.archive().main}/dists/{base.suite}/InRelease"
    if not _answer(address):
        return f"{base.reference}: {_word(address)}"
    if base.suite == "sid" or base.mirror:
        try:
            packed(base)
        except (VMError, OSError, subprocess.SubprocessError) as error:
            return f"{base.reference}: {error}"
    return ""


def _word(address: str) -> str:
    return f"{address} {'answers' if _answer(address) else 'does not answer'}"


@cache
def _answer(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except (urllib.error.URLError, OSError):
        return False


def packed(base: Base) -> Path:
    """The root file system as a tar, made once and kept. Raises where debootstrap fails, with its log's end."""
    target = host.cache_directory() / f"plain-{base.suite}.tar"
    with FileLock(target.with_suffix(".lock")):
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".plain-") as name:
                place = Path(name)
                (place / "root").mkdir()
                rootfs.run(["sh", "-ec", _MAKE, str(place), *_debootstrap(base, place)], target.with_suffix(".log"))
                (place / "tar").rename(target)
    return target


def _debootstrap(base: Base, place: Path) -> list[str]:
    # A suite younger than this machine's debootstrap is made as its kin are.
    script = "/usr/share/debootstrap/scripts/" + ("gutsy" if base.mirror else "sid")
    words = ["debootstrap", "--variant=minbase", f"--keyring={_keyring(base, place)}"]
    return [*words, base.suite, str(place / "root"), base.mirror or host.archive().main, script]


def _keyring(base: Base, place: Path) -> Path:
    if not base.mirror:
        return host.KEYRING
    package = place / "keys.deb"
    with urllib.request.urlopen(f"{base.mirror}/{_KEYS}", timeout=60) as answer, package.open("wb") as file:
        shutil.copyfileobj(answer, file)
    found = hashlib.sha256(package.read_bytes()).hexdigest()
    assert found == _KEYS_SHA256, f"{_KEYS} has sha256 {found}"
    subprocess.run(["dpkg-deb", "-x", str(package), str(place / "keys")], check=True, timeout=60)
    return place / "keys/usr/share/keyrings/ubuntu-archive-keyring.gpg"
