"""The bearer tokens registries ask for, also of nobody in particular (distribution's token authentication)."""

import json
import re
import urllib.parse
from collections.abc import Callable

HUB = {"docker.io": "https://registry-1.docker.io"}
"""Docker Hub's registry is not at its name."""
Ask = Callable[[str], bytes]


def token(challenge: str, url: str, name: str, ask: Ask) -> str:
    """The token for reading the repository `name` at `url`, as the `challenge` of a first answer says.

    `ask` reads an address. Raises ValueError.
    """
    kind, _, rest = challenge.partition(" ")
    said = dict(re.findall(r'([a-z_]+)="([^"]*)"', rest))
    realm = said.get("realm", "")
    if kind.lower() != "bearer" or not realm:
        raise ValueError("it asks for a login, which carbon-fleet has none for")
    if url.startswith("https://") and not realm.startswith("https://"):
        raise ValueError(f"it sends for its token to {realm}, which is not https")
    asked = {"service": said.get("service", ""), "scope": said.get("scope") or f"repository:{name}:pull"}
    body = ask(f"{realm}?{urllib.parse.urlencode({key: word for key, word in asked.items() if word})}")
    answer = json.loads(body)
    found = answer.get("token") or answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(found, str):
        raise ValueError(f"{realm} gave no token")
    return found
