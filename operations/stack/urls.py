"""What people open: every port of a Mac's stacks as an address, who reaches it, and what lets them in.

It comes from the wish alone: nothing is asked of a Mac.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations.stack.openings import Opening, openings
from operations.stack.wish import Stacks

LOCALHOST = "localhost"


@dataclass(frozen=True)
class Address:
    """One thing to open.

    `url` is None for what has no page: there `host` and `port` are all there is. `network` says that others than the
    Mac reach it. `login` is the secret that lets people in. `far` is the Mac's own end for `ssh -L`, None where that is
    of no use.
    """

    mac: str
    stack: str
    container: str
    service: str | None
    on: bool
    host: str
    port: int
    kind: str
    url: str | None
    network: bool
    login: str | None
    far: str | None

    @property
    def place(self) -> str:
        """The address as it is typed: the url, or host and port."""
        return self.url or f"{bracketed(self.host)}:{self.port}{'' if self.kind == 'tcp' else f'/{self.kind}'}"


def addresses(mac: Mac) -> tuple[Address, ...]:
    """Every address of a Mac, of services that are off too, in the order of its stacks."""
    wish = mac.sections.get("stacks")
    return tuple(_address(each, mac) for each in openings(wish)) if isinstance(wish, Stacks) else ()


def _address(opening: Opening, mac: Mac) -> Address:
    service = opening.within.services[opening.service] if opening.service is not None else None
    host = _host(opening, mac)
    url = _url(service.url, host, opening.port.outer) if service and service.url and opening.place == 0 else None
    return Address(
        mac.name,
        opening.stack.name,
        opening.container,
        opening.service,
        opening.on,
        host,
        opening.port.outer,
        opening.port.kind,
        url,
        opening.network,
        service.login if service else None,
        _far(opening, mac),
    )


def _host(opening: Opening, mac: Mac) -> str:
    """As the one who opens it calls the Mac; an address that names one is where it is."""
    if opening.network and not opening.port.everywhere:
        return opening.port.host.strip("[]")
    if not opening.network or mac.local:
        return opening.port.host.strip("[]") if ":" in opening.port.host else LOCALHOST
    return mac.host


def _url(template: str, host: str, port: int) -> str:
    return template.replace("{host}", bracketed(host, url=True)).replace("{port}", str(port))


def bracketed(host: str, *, url: bool = False) -> str:
    """An address as it stands before a port: IPv6 in brackets, where a URL writes the `%` of a zone as `%25`."""
    return f"[{host.replace('%', '%25') if url else host}]" if ":" in host else host


def _far(opening: Opening, mac: Mac) -> str | None:
    if opening.network or mac.local or opening.port.kind != "tcp":
        return None
    return f"{opening.port.host}:{opening.port.outer}"


def tunnel(mac: Mac, chosen: tuple[Address, ...]) -> tuple[str, ...]:
    """The words of the one ssh that brings a Mac's own addresses here, at the same ports; none where there are none.

    Keys are named as the lab file does; `-N` runs nothing, and the tunnel lasts until it is interrupted.
    """
    forwards = dict.fromkeys(f"{each.port}:{each.far}" for each in chosen if each.far is not None)
    if not forwards:
        return ()
    return ("ssh", "-N", *(word for forward in forwards for word in ("-L", forward)), *_way(mac))


def _way(mac: Mac) -> Iterator[str]:
    if mac.port != 22:
        yield from ("-p", str(mac.port))
    if mac.key is not None:
        yield from ("-i", mac.key)
    if mac.known_hosts is not None:
        yield from ("-o", f"UserKnownHostsFile={mac.known_hosts}")
    yield f"{mac.user}@{mac.host}" if mac.user else mac.host
