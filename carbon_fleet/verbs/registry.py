"""On which digest a registry's tag is now: OCI distribution-spec over HTTP, with the bearer tokens registries ask for.

Docker Hub's registry is not at its name; its tokens, and those of others, follow the challenge of a first answer
(distribution's token authentication specification).
"""

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage

from carbon_fleet.mirror.token import HUB, token

SECONDS = 20
ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)
MOST = 4 << 20
"""Bytes of a manifest: registries take no larger one."""


class RegistryTrouble(Exception):
    """A registry did not say it; the message is why."""


def digest_of(reference: str, at: Mapping[str, str]) -> str:
    """The digest the tag of `reference` (registry/name:tag) is on. `at` is registry → URL, where that is another.

    Raises `RegistryTrouble`.
    """
    host, _, rest = reference.partition("/")
    name, _, tag = rest.rpartition(":")
    root = (at.get(host) or HUB.get(host) or f"https://{host}").rstrip("/")
    url = f"{root}/v2/{name}/manifests/{tag}"
    try:
        headers, body = _get(url, name)
    except (OSError, HTTPException, ValueError) as error:
        raise RegistryTrouble(f"{root} does not say what {reference} is: {error}") from error
    told = headers.get("Docker-Content-Digest") or ""
    return told if re.fullmatch("sha256:[0-9a-f]{64}", told) else f"sha256:{hashlib.sha256(body).hexdigest()}"


def _get(url: str, name: str) -> tuple[HTTPMessage, bytes]:
    try:
        return _ask(url, ACCEPT)
    except urllib.error.HTTPError as error:
        if error.code != 401:
            raise
        challenge = error.headers.get("WWW-Authenticate", "")
    return _ask(url, ACCEPT, token(challenge, url, name, lambda place: _ask(place, "*/*")[1]))


def _ask(url: str, accept: str, bearer: str | None = None) -> tuple[HTTPMessage, bytes]:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no address of a registry")
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "carbon-fleet"})  # noqa: S310
    if bearer is not None:
        request.add_unredirected_header("Authorization", f"Bearer {bearer}")
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        return answer.headers, answer.read(MOST)
