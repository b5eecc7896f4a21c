"""The scripts of a move, put together: what they share, each runtime's functions, what runs where volumes are."""

from functools import cache

from carbon_fleet import assets
from carbon_fleet.snapshot.script import deadline_function, script_text

FAMILIES = ("podman", "docker", "native", "apple")
INSIDE = {
    "export_text": ("volume/export.sh",),
    "fill_text": ("machine/inside/fill.sh",),
    "print_text": ("machine/inside/print.sh",),
    "pack_text": ("moving/pack.sh",),
    "unpack_text": ("moving/unpack.sh",),
    "swap_text": ("moving/swap.sh",),
    "podman_stop_text": ("moving/podman/stop.sh",),
    "podman_start_text": ("stack/lib.sh", "moving/podman/start.sh"),
    "podman_drop_text": ("moving/podman/drop.sh",),
    "native_print_text": ("moving/native/print.pl",),
    "native_asked_text": ("moving/native/asked.pl",),
    "deadline_text": ("deadline.pl",),
    "apple_member_text": ("apple-container/container.pl",),
}
"""Functions that print a script for another: a machine's shell, a container's, perl on the Mac."""
SHARED = ("machine/way_in.sh", "moving/lib.sh", *(f"moving/{family}.sh" for family in FAMILIES))
FOUND = {"docker": ("docker/lib.sh",), "apple": ("apple-container/lib.sh", "apple-container/agent.sh")}
"""What a runtime's own scripts begin with, each in a function: it is done only where that runtime is asked for."""
_END = "CARBON_FLEET_INSIDE"


@cache
def step(name: str) -> str:
    """`files/moving/NAME.sh` with all that these scripts share, its title kept as first line."""
    title, _, body = assets.text(f"moving/{name}.sh").partition("\n")
    return f"{title}\n{shared()}{_bare(body)}"


@cache
def shared() -> str:
    """Each runtime's functions, and what they are made of."""
    inside = "".join(f"{name}() {{\ncat <<'{_END}'\n{_joined(files)}{_END}\n}}\n" for name, files in INSIDE.items())
    within = deadline_function("within")
    found = "".join(f"{name}_found() {{\n{_joined(files)}}}\n" for name, files in FOUND.items())
    return inside + within + found + _joined(SHARED)


def _joined(files: tuple[str, ...]) -> str:
    return "".join(script_text(file) for file in files)


def _bare(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
