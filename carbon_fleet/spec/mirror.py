"""`mirror`: the site mirror a Mac has everything from, and at which path of it what is found.

The paths are those that `carbon-fleet mirror build` fills and `mirror serve` answers. What asks for them: Homebrew
(`HOMEBREW_API_DOMAIN`, `HOMEBREW_ARTIFACT_DOMAIN`: its manual page, `download_strategy/curl_download_strategy.rb`), git
over plain http, containers-registries.conf(5), `podman machine init --image URL`.
"""

import re
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

from carbon_fleet.spec.base import mistake
from carbon_fleet.spec.registry import near
from carbon_fleet.spec.words import Text

API = "/api"
"""Homebrew's JSON API."""
BREW = "Homebrew/brew"
"""Homebrew's own repository."""
DISK = "podman-machine.aarch64.applehv.raw.zst"
"""The title machine-os gives the disk that libkrun and applehv share."""
UPSTREAM = ".carbon-fleet-upstream"
"""In a mirrored tap: which commits of upstream the mirror's are (`mirror/repository.py`)."""
_ADDRESS = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")


def _address(value: str) -> str:
    found = _ADDRESS.fullmatch(value)
    if not found:
        why = "it is `http://` or `https://`, a host in small letters and a port, without a path or a login"
        raise mistake("`{text}` is no address of a mirror", why, "write one such as `http://mirror.lan:8480`")
    if found[1] == "http" and not near(found[2]):
        why = "Macs run what comes from there, and on its way over plain http anybody may change it"
        raise mistake("plain http is for loopback and the lab's own network", why, "write `https://…`")
    return value


MirrorAddress = Annotated[Text, AfterValidator(_address)]
"""Where `carbon-fleet mirror serve` answers: `http://mirror.lan:8480`."""


def repository(tap: str) -> str:
    """The repository of a tap on GitHub: `libkrun/krun` is `libkrun/homebrew-krun`."""
    owner, _, name = tap.partition("/")
    return f"{owner}/homebrew-{name}"


def git(name: str) -> str:
    """The path of a git repository `OWNER/NAME`."""
    return f"/git/{name}.git"


def machine_disk(image: str | None) -> str | None:
    """The path of the disk `podman machine init` gets for an image; None where it is a file on the Mac itself."""
    if image is None:
        return f"/machine-os/default/{DISK}"
    if image.startswith(("http://", "https://")):
        return file(image)
    if image.startswith(("/", "~", ".")):
        return None
    words = image.removeprefix("docker://").replace("@", "/").replace(":", "/")
    return f"/machine-os/{words}/{DISK}"


def file(url: str) -> str:
    """The path of a file that is at `url` elsewhere: its host and its path there."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"/files/{parts.netloc}{parts.path}{query}", safe="/%")


def model(sha256: str) -> str:
    """The path of a model: its content is its name."""
    return f"/models/{sha256}"


def place(mirror: str) -> str:
    """Host and port of a mirror, as a registry's name has them."""
    return urlsplit(mirror).netloc
