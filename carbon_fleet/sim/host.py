"""How this machine reaches packages: its apt sources, its certificates, its pip settings.

The simulated lab hands them on to the systems it makes, as a lab's own mirror would; none is written in this project.
"""

import os
import platform
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from carbon_fleet.sim.vm import VMError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Debian's archive keys, from the package debian-archive-keyring."""
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
"""Every certificate this machine trusts, where Debian keeps it."""
_LOCAL_CERTIFICATES = Path("/usr/local/share/ca-certificates")
_PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")


@dataclass(frozen=True)
class Archive:
    """Where this machine gets Debian from; `security` is None where it has no security archive."""

    main: str
    security: str | None


@cache
def archive() -> Archive:
    """Read the archive from apt's own configuration. Raises VMError on a machine that has none."""
    codename = _codename()
    rows = _output(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"]
    )
    found = {row.split()[1]: row.split()[0].rstrip("/") for row in rows.splitlines() if row.endswith(" main")}
    if codename not in found:
        raise VMError(
            f"apt on this machine names no Debian archive for {codename or 'its release'} (apt-get indextargets shows "
            "none): a simulated lab with a real VM is made from it. Use a Debian machine, or `--vm modelled`."
        )
    return Archive(found[codename], found.get(f"{codename}-security"))


def apt_sources(suite: str) -> str:
    """Return the text of a deb822 sources file for `suite` from this machine's archive."""
    here = archive()
    entries = [(here.main, f"{suite} {suite}-updates")]
    if here.security:
        entries.append((here.security, f"{suite}-security"))
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n"
        for uri, suites in entries
    )


@cache
def apt_settings() -> str:
    """Return the apt options that decide whether an archive can be reached here (proxies, checks of dates)."""
    lines = _output(["apt-config", "dump", "--format", '%F "%v";%n', "Acquire"]).splitlines()
    wanted = ("Acquire::Check-", "Acquire::http::Proxy", "Acquire::https::Proxy")
    return "".join(f"{line}\n" for line in lines if line.startswith(wanted) and not line.endswith(' "";'))


@cache
def pip_settings() -> str:
    """Return a pip.conf: this machine's index settings without places on its own disk, and its certificates."""
    found = {"cert": str(BUNDLE)}
    for line in _output(["python3", "-m", "pip", "config", "list"], check=False).splitlines():
        name, _, value = line.partition("=")
        places = [place for place in value.strip("'").split() if not place.startswith(("/", "file:"))]
        key = name.rpartition(".")[2]
        if key in _PIP_KEYS and places:
            found[key] = " ".join(places)
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in sorted(found.items()))


@cache
def npm_settings() -> dict[str, str]:
    """Return the variables that lead npm to where this machine gets packages from; none where it has no npm."""
    registry = _output(["npm", "config", "get", "registry"], check=False).strip()
    return {"NPM_CONFIG_REGISTRY": registry} if registry.startswith("http") else {}


def local_certificates() -> dict[str, str]:
    """Return the certificates this machine's administrator added: file name to PEM text."""
    return {path.name: path.read_text() for path in sorted(_LOCAL_CERTIFICATES.glob("*.crt"))}


def hand_on(root: Path, suite: str) -> None:
    """Write this machine's apt sources, pip settings and certificates into the Debian system below `root`."""
    files = {
        f"etc/apt/sources.list.d/{suite}.sources": apt_sources(suite),
        "etc/apt/apt.conf.d/90-lab": apt_settings(),
        "etc/pip.conf": pip_settings(),
        "etc/ssl/certs/ca-certificates.crt": BUNDLE.read_text(),
    } | {f"usr/local/share/ca-certificates/{name}": text for name, text in local_certificates().items()}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "etc/apt/sources.list").unlink(missing_ok=True)


def fingerprint(suite: str) -> str:
    """Return all that `hand_on` would write, as one text: what a cached system depends on."""
    return "\n".join([apt_sources(suite), apt_settings(), pip_settings(), *local_certificates().values()])


def cache_directory() -> Path:
    """Return the directory of what the simulated lab keeps between labs, made when missing."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = base / "carbon-fleet" / "sim"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _codename() -> str:
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""


def _output(command: list[str], *, check: bool = True) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=60).stdout
    except (FileNotFoundError, subprocess.SubprocessError) as error:
        if not check:
            return ""
        raise VMError(f"{command[0]} does not work on this machine ({error}): the real VM needs Debian.") from error
