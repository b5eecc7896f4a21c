"""Downloads that really happen, while `sim break MAC downloads` lasts: else what is fetched is made up."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request

from .disk import fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10


class Unreached(Exception):
    """An address gave nothing; the message is curl's kind of words."""


def real() -> bool:
    """Whether they happen."""
    return fault("downloads")


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> bytes:
    """What is at `url`. Raises Unreached."""
    request = urllib.request.Request(url, headers={"User-Agent": "sim", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise Unreached(f"curl: (22) The requested URL returned error: {error.code} {url}") from None
    except (OSError, ValueError) as error:
        raise Unreached(f"curl: (7) Failed to connect to {url}: {error}") from None


def sha256(content: bytes) -> str:
    """As hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
