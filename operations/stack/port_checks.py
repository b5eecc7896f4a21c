"""Mistakes of ports in a lab file: open to more people than was said, open to everybody, or wanted twice."""

from collections.abc import Iterator

from carbon_fleet.spec import Problem
from operations.stack.openings import Opening, openings
from operations.stack.ports import LOOPBACK, PRIVILEGED
from operations.stack.unguarded import holes
from operations.stack.wish import Stacks
from operations.stack.words import published


def port_problems(wanted: Stacks) -> Iterator[Problem]:
    """All of them, of the ports that are on."""
    on = tuple(opening for opening in openings(wanted) if opening.on)
    taken = {(opening.port.kind, opening.port.outer) for opening in on}
    for opening in on:
        yield from _unsaid(opening)
        yield from _below(opening, taken)
        if opening.network and opening.within.expose == "lan":
            yield from _own(opening) if opening.service is None else _login(opening, opening.service)
    yield from _twice(on, taken)
    yield from _holes(on)


def _bare(opening: Opening) -> str:
    return opening.written.removeprefix(f"{published(opening.written).host}:")


def _unsaid(opening: Opening) -> Iterator[Problem]:
    """An address that says otherwise than `expose`."""
    if opening.network and opening.within.expose != "lan":
        what = f"`{opening.written}` opens {opening.owner} to the network"
        why = "ports are this Mac's alone unless `expose` says otherwise"
        yield Problem(opening.path, what, why, f"write `expose: lan` for the container, or just `{_bare(opening)}`")


def _below(opening: Opening, taken: set[tuple[str, int]]) -> Iterator[Problem]:
    port = opening.port
    if port.outer < PRIVILEGED and not port.everywhere:
        what = f"port {port.outer} of the Mac cannot be had on {port.host.strip('[]')} alone"
        why = f"the login user's gvproxy opens it, and macOS gives users ports below {PRIVILEGED} on all addresses only"
        yield Problem(opening.path, what, why, opening.elsewhere(taken))


def _own(opening: Opening) -> Iterator[Problem]:
    """A container's own port: nobody can tell whether what listens there asks who you are."""
    what = f"port {opening.port.outer} of {opening.owner} would be open to the whole network"
    why = "only a service that has a `login` is opened to it"
    service = f'`services: {{NAME: {{enabled: true, ports: ["{_bare(opening)}"], login: SECRET}}}}`'
    write = f"write it as a service of the container, {service}, or write `{LOOPBACK}:{_bare(opening)}`"
    yield Problem(opening.path, what, why, write)


def _login(opening: Opening, service: str) -> Iterator[Problem]:
    login = opening.within.services[service].login
    if login is None:
        what = f"{opening.owner} has no login, and would be open to the whole network"
        own = opening.stack.containers is None
        mend = f"`services: {{{service}: false}}`" if own else "`login: SECRET` for the service"
        yield Problem(opening.home, what, "everybody there could use it", f"write {mend}, or leave out `expose: lan`")
    elif login not in opening.within.secrets.values():
        what = f"the login `{login}` of {opening.owner} is no secret of the container"
        why = "what the container never gets, it cannot ask for"
        write = f"write `secrets: {{VARIABLE: {login}}}` at the service"
        yield Problem((*opening.home, "login"), what, why, write)


def _twice(on: tuple[Opening, ...], taken: set[tuple[str, int]]) -> Iterator[Problem]:
    held: list[Opening] = []
    for opening in on:
        other = next((each for each in held if each.port.clashes(opening.port)), None)
        if other is not None:
            what = f"port {opening.port.outer}/{opening.port.kind} of the Mac is wanted twice"
            why = f"{other.owner} has it, and {opening.owner} wants it"
            yield Problem(opening.path, what, why, opening.elsewhere(taken))
        held.append(opening)


def _holes(on: tuple[Opening, ...]) -> Iterator[Problem]:
    """Containers on the network whose own words let everybody in."""
    first: dict[tuple[str, str], Opening] = {}
    for opening in on:
        if opening.network:
            first.setdefault((opening.stack.name, opening.container), opening)
    for opening in first.values():
        place = opening.home if opening.service is None else opening.home[:-2]
        for hole in holes(opening.within):
            what = f"`{hole.found}` in `{opening.container}` of the stack `{opening.stack.name}` lets the network in"
            write = "give it a password from a secret, or leave out `expose: lan`"
            yield Problem((*place, hole.key), what, hole.why, write)
