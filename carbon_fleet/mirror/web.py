"""How a mirror is filled: over http, from where things are or from where they are said to be instead.

What a connection breaks off at is gone on with (Range), in this run and in the next; a content known by its sha256 and
there already is not asked for. Addresses of other hosts than the real ones come from `--at HOST=URL`.
"""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from hashlib import sha256 as sha256_of
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path

from carbon_fleet.mirror.depot import Another, Depot
from carbon_fleet.mirror.token import HUB, token
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.store.carry import Progress, Say

SECONDS = 60
"""How long nothing may come."""
PIECE = 1 << 20
TRIES, PAUSE = 3, 1.0
"""How often a server that does not answer or has no time is asked; the seconds between, doubled each time."""
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class Refused(ValueError):
    """A server wants what we have not: asking it again is of no use."""


class Web:
    """Reads addresses; what it keeps goes into `depot`. `at` is host → URL, where a host's things are elsewhere."""

    def __init__(self, depot: Depot, at: Mapping[str, str], say: Say) -> None:
        self._depot, self._at, self._say = depot, at, say
        self._tokens: dict[str, str] = {}

    def place(self, url: str) -> str:
        """Where an address is asked for."""
        parts = urllib.parse.urlsplit(url)
        root = self._at.get(parts.netloc) or HUB.get(parts.netloc)
        rest = urllib.parse.urlunsplit(("", "", *parts[2:]))
        return f"{root.rstrip('/')}{rest}" if root else url

    def head(self, url: str, accept: str = "*/*", name: str = "") -> HTTPMessage:
        """The headers at `url`. Raises `MirrorTrouble`."""
        try:
            with self._open(url, {"Accept": accept}, name, method="HEAD") as answer:
                return answer.headers
        except (OSError, HTTPException, ValueError) as error:
            raise self._trouble(url, error) from error

    def read(self, url: str, accept: str = "*/*", name: str = "", most: int = 4 << 20) -> tuple[HTTPMessage, bytes]:
        """A small document, at most `most` bytes. Raises `MirrorTrouble`."""
        try:
            with self._open(url, {"Accept": accept}, name) as answer:
                body = answer.read(most + 1)
                if len(body) > most:
                    raise ValueError(f"it is larger than {most} bytes")
                return answer.headers, body
        except (OSError, HTTPException, ValueError) as error:
            raise self._trouble(url, error) from error

    def keep(self, url: str, sha256: str | None, *, size: int = 0, name: str = "", accept: str = "*/*") -> str:
        """Have a content in the depot; its sha256, which has to be `sha256` where that is known.

        `name` is the repository it belongs to, in a registry. Raises `MirrorTrouble`.
        """
        if sha256 is not None and self._depot.has(sha256):
            return sha256
        if sha256 is None:
            return self._newest(url, name, accept)
        part = self._depot.partial / sha256
        self._say(f"fetch {url}")
        begun = part.exists()
        try:
            self._fetch(url, part, size, name)
            return self._depot.take(part, sha256)
        except Another as error:
            if not begun:
                raise MirrorTrouble(f"{url}: {error}") from error
        self._fetch(url, part, size, name)  # what was there before was another file's beginning
        try:
            return self._depot.take(part, sha256)
        except Another as error:
            raise MirrorTrouble(f"{url}: {error}") from error

    def _newest(self, url: str, name: str, accept: str) -> str:
        """What is at `url` now. What its server marks as it did before is there already."""
        said, seen = self.head(url, accept, name), self._depot.marks()
        mark = said.get("Docker-Content-Digest") or said.get("ETag") or ""
        known = seen.get(url)
        if mark and known and known[0] == mark and self._depot.has(known[1]):
            return known[1]
        part = self._depot.partial / sha256_of(url.encode()).hexdigest()
        part.unlink(missing_ok=True)  # nothing says that it is still the same file
        self._say(f"fetch {url}")
        self._fetch(url, part, 0, name, accept)
        sha256 = self._depot.take(part)
        self._depot.mark({**seen, url: (mark, sha256)})
        return sha256

    def _fetch(self, url: str, part: Path, size: int, name: str, accept: str = "*/*") -> None:
        """The whole file, gone on with for as long as more of it comes."""
        progress, tries = Progress(f"fetch {url.rpartition('/')[2][:40]}", size, self._say), 0
        while True:
            before = part.stat().st_size if part.exists() else 0
            try:
                if self._more(url, part, name, accept, progress):
                    return
                error: Exception = ValueError("it broke off")
            except (OSError, HTTPException, ValueError) as raised:
                error = raised
            came = part.exists() and part.stat().st_size > before
            tries = 0 if came else tries + 1
            if tries >= TRIES or isinstance(error, urllib.error.HTTPError | Refused):
                raise self._trouble(url, error)
            time.sleep(PAUSE)

    def _more(self, url: str, part: Path, name: str, accept: str, progress: Progress) -> bool:
        begin = part.stat().st_size if part.exists() else 0
        headers = {"Accept": accept, **({"Range": f"bytes={begin}-"} if begin else {})}
        try:
            answer = self._open(url, headers, name)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # all of it is there, or more than that: its sha256 will tell
                return True
            raise
        with answer, part.open("ab" if answer.status == 206 else "wb", buffering=0) as file:
            length = answer.headers.get("Content-Length")
            whole = file.tell() + int(length) if length is not None else None
            while piece := answer.read1(PIECE):  # what has come is kept, however this ends
                file.write(piece)
                progress.at(file.tell())
            return whole is None or file.tell() >= whole

    def _open(self, url: str, headers: Mapping[str, str], name: str, method: str = "GET") -> HTTPResponse:
        root, asked = f"{urllib.parse.urlsplit(url).netloc}/{name}", False
        for number in range(TRIES):
            try:
                return self._once(url, headers, self._tokens.get(root), method)
            except urllib.error.HTTPError as error:
                if error.code == 401 and name and not asked:  # tokens are for some minutes only
                    asked, challenge = True, error.headers.get("WWW-Authenticate", "")
                    self._tokens[root] = self._token(challenge, self.place(url), name)
                elif error.code not in _BUSY or number == TRIES - 1:
                    raise
                else:
                    time.sleep(PAUSE * 2**number)
        return self._once(url, headers, self._tokens.get(root), method)

    def _token(self, challenge: str, place: str, name: str) -> str:
        try:
            return token(challenge, place, name, lambda realm: self.read(realm)[1])
        except ValueError as error:
            raise Refused(str(error)) from error

    def _once(self, url: str, headers: Mapping[str, str], bearer: str | None, method: str) -> HTTPResponse:
        place = self.place(url)
        if not place.startswith(("https://", "http://")):
            raise Refused("it is no address of the web")
        request = urllib.request.Request(  # noqa: S310
            place, headers={"User-Agent": "carbon-fleet", **headers}, method=method
        )
        if bearer is not None:
            request.add_unredirected_header("Authorization", f"Bearer {bearer}")
        answer: HTTPResponse = urllib.request.urlopen(request, timeout=SECONDS)  # noqa: S310
        return answer

    def _trouble(self, url: str, error: Exception) -> MirrorTrouble:
        silent = not isinstance(error, urllib.error.HTTPError | Refused)
        hint = "; is it reached from here? What came is kept: run this again" if silent else ""
        return MirrorTrouble(f"{self.place(url)}: {error}{hint}")
