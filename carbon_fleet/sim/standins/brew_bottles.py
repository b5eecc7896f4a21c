"""Bottles as brew fetches them: whence by the formula, rewritten by HOMEBREW_ARTIFACT_DOMAIN, then checked.

Sources: brew's `api.rb`, `api/formula_struct.rb` (the list), `bottle.rb` (the manifest), `github_packages.rb` (names),
`download_strategy/curl_download_strategy.rb` (only what is on ghcr.io is rewritten; without …_NO_FALLBACK the original
is asked next).
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tarfile

from . import cellar, downloads, formulae
from .disk import fail, read_json, write_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = "arm64_tahoe"
DOMAIN = "https://formulae.brew.sh/api"
_CACHE = "~/Library/Caches/Homebrew"
_INDEX = {"Accept": "application/vnd.oci.image.index.v1+json"}


def refresh() -> None:
    """Fetch the API's list, from HOMEBREW_API_DOMAIN and, where that gives nothing, from Homebrew's own place."""
    endpoint, said = f"internal/packages.{TAG}.jws.json", ""
    for domain in dict.fromkeys((os.environ.get("HOMEBREW_API_DOMAIN") or DOMAIN, DOMAIN)):
        try:
            text = downloads.get(f"{domain}/{endpoint}").decode()
        except downloads.Unreached as error:
            said = str(error)
            continue
        place = os.path.expanduser(f"{_CACHE}/api/internal")
        os.makedirs(place, exist_ok=True)
        write_text(f"{place}/packages.{TAG}.jws.json", text)
        return
    fail(f"{said}\nError: Failure while executing; `curl … {endpoint}` exited with 7.")


def fetch(formula: formulae.Formula) -> None:
    """Fetch, check and unpack one bottle into the Cellar. Ends the program where that cannot be."""
    root, version, sha256 = _core(formula) if formula.tap == formulae.CORE else _of_tap(formula)
    if version != formula.version:
        fail(f"Error: the simulated Mac pours {formula.name} {formula.version}, and the list has {version}")
    if root.startswith("https://ghcr.io/v2/"):
        index = json.loads(_download(f"{root}/{formula.name}/manifests/{version}", _INDEX))
        said = [one["annotations"] for one in index["manifests"]]
        if not any(one.get("sh.brew.bottle.digest") == sha256 and one.get("sh.brew.tab") for one in said):
            fail("Error: Couldn't find manifest matching bottle checksum.")
        url = f"{root}/{formula.name}/blobs/sha256:{sha256}"
    else:
        url = f"{root}/{formula.name}-{version}.{TAG}.bottle.tar.gz"
    bottle = _download(url, {})
    if downloads.sha256(bottle) != sha256:
        fail(
            f"Error: {formula.name}: SHA-256 mismatch\nExpected: {sha256}\n  Actual: {downloads.sha256(bottle)}\n"
            f"    File: {url}"
        )
    with tarfile.open(fileobj=io.BytesIO(bottle)) as archive:
        archive.extractall(cellar.CELLAR)  # Python's before 3.11.4 has no filter; it has the sha256 the list names
    os.unlink(f"{cellar.CELLAR}/{formula.name}/{version}/INSTALL_RECEIPT.json")  # brew writes its own last


def _core(formula: formulae.Formula) -> tuple[str, str, str]:
    path = os.path.expanduser(f"{_CACHE}/api/internal/packages.{TAG}.jws.json")
    if not os.path.exists(path):
        refresh()
    payload: dict[str, Any] = json.loads(read_json(path)["payload"])
    one = payload["formulae"].get(formula.name)
    if one is None:
        fail(f'Error: No available formula with the name "{formula.name}".')
    return "https://ghcr.io/v2/homebrew/core", one["stable_version"], one["bottle"]["checksum"]


def _of_tap(formula: formulae.Formula) -> tuple[str, str, str]:
    path = f"{cellar.PREFIX}/Library/Taps/{cellar.tap_directory(formula.tap)}/Formula/{formula.name}.rb"
    with open(path) as file:
        text = file.read()
    root = re.search(r'root_url "([^"]+)"', text)
    found = re.search(rf'{TAG}: *"([0-9a-f]{{64}})"', text)
    if not found:
        fail(f"Error: {formula.tap}/{formula.name}: no bottle available!")
    version = re.search(r'^  version "([^"]+)"', text, re.M)
    return root[1] if root else f"https://ghcr.io/v2/{formula.tap}", version[1] if version else "", found[1]


def _download(url: str, headers: dict[str, str]) -> bytes:
    domain = os.environ.get("HOMEBREW_ARTIFACT_DOMAIN")
    rewritten = re.sub("^https?://ghcr.io/", f"{domain.rstrip('/')}/", url) if domain else url
    urls = [rewritten] if os.environ.get("HOMEBREW_ARTIFACT_DOMAIN_NO_FALLBACK") else [rewritten, url]
    said = ""
    for one in dict.fromkeys(urls):
        sys.stdout.write(f"==> Downloading {one}\n")
        try:
            return downloads.get(one, headers)
        except downloads.Unreached as error:
            said = str(error)
    return fail(f"{said}\nError: Failed to download resource")
