"""`carbon-fleet urls LAB [MAC]`: what people open on the Macs, who reaches it, and which secret lets them in."""

import shlex
import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from carbon_fleet.report.cells import safe
from carbon_fleet.report.text import terminal
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.ending import forget_reader
from operations.stack.urls import Address, addresses, tunnel

FORMAT_VERSION = 1
COLUMNS = ("Mac", "stack", "what", "open", "for", "login")
FOR = {True: "the network", False: "the Mac itself"}


def urls(file: Path, limit: Sequence[str], *, everything: bool = False, json: bool = False) -> int:
    """Print the addresses of the chosen Macs, of services that are off too when `everything`. No Mac is contacted.

    Returns 0; the verb ends with 64 for a Mac that is not there and 78 for a lab file that is not right.
    """
    lab = lab_of(file)
    found = [(mac, _chosen(mac, everything)) for mac in macs_of(lab, limit)]
    try:
        if json:
            macs = [_mac(file, mac, each) for mac, each in found]
            print(dumps({"format_version": FORMAT_VERSION, "lab": lab.name, "macs": macs}, indent=2))
        else:
            _print(file, found, terminal())
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return 0


def _chosen(mac: Mac, everything: bool) -> tuple[Address, ...]:
    return tuple(each for each in addresses(mac) if each.on or everything)


def _mac(file: Path, mac: Mac, found: tuple[Address, ...]) -> dict[str, Any]:
    words = tunnel(mac, tuple(each for each in found if each.on))
    listed = [_entry(file, each) for each in found]
    return {"mac": mac.name, "host": mac.host, "tunnel": shlex.join(words) or None, "addresses": listed}


def _entry(file: Path, each: Address) -> dict[str, Any]:
    login = {"secret": each.login, "show": _shown(file, each)} if each.login else None
    names = {"stack": each.stack, "container": each.container, "service": each.service, "on": each.on}
    where = {"url": each.url, "host": each.host, "port": each.port, "protocol": each.kind}
    return {**names, **where, "reach": "network" if each.network else "mac", "login": login}


def _shown(file: Path, each: Address) -> str:
    return shlex.join(("carbon-fleet", "secret", "show", str(file), each.mac, str(each.login)))


def _print(file: Path, found: Sequence[tuple[Mac, tuple[Address, ...]]], console: Console) -> None:
    every = [each for _, of in found for each in of]
    off = sum(not each.on for mac, _ in found for each in addresses(mac))
    console.print(_table(every) if every else "nothing is published")
    if off and all(each.on for each in every):
        console.print(f"{off} more of services that are off: --all lists them", soft_wrap=True)
    for title, lines in (("The Mac itself, from elsewhere:", _tunnels(found)), ("Logins:", _logins(file, every))):
        if lines:
            console.print(f"\n[bold]{title}[/bold]")
        for line in lines:
            # Not wrapped: it is copied from here in one piece.
            console.print(f"  {safe(line)}", soft_wrap=True)


def _table(every: Sequence[Address]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for each in every:
        what = each.service or each.container
        reach = FOR[each.network] if each.on else "nobody: it is off"
        cells = (each.mac, each.stack, what, each.place, reach, each.login or "-")
        table.add_row(*(safe(cell) for cell in cells), style=None if each.on else "dim")
    return table


def _tunnels(found: Sequence[tuple[Mac, tuple[Address, ...]]]) -> list[str]:
    lines = (shlex.join(tunnel(mac, tuple(each for each in of if each.on))) for mac, of in found)
    return [f"{line}  # while it runs, open localhost here" for line in lines if line]


def _logins(file: Path, every: Sequence[Address]) -> list[str]:
    return list(dict.fromkeys(_shown(file, each) for each in every if each.login and each.on))
