"""The scripts of a replacement, put together: what they share, what runs inside the machine, and the way back."""

from functools import cache

from carbon_fleet import assets

INSIDE = ("volumes", "quiet", "wake", "defined", "sizes", "print", "fill", "made", "unit")
"""`files/machine/inside/NAME.sh`, each the output of a function inside_NAME; the export is the verb volume's own."""
WHY = {
    "create": "the new machine could not be made",
    "remove": "the half-made machine could not be removed",
    "clear": "what was left of a half-made machine could not be removed",
    "stop": "the new machine could not be stopped",
    "start": "the new machine did not start",
    "bring": "the new machine could not be filled",
}
"""What is said of a step after which the old machine is put back."""
KEPT = {"save": "containers", "aside": "restore"}
"""Which step leaves which command for a person beside what it keeps."""
LEFT_ALONE = 75
"""The exit status of a step that found the work of somebody else in its place: that is not undone."""


@cache
def step(name: str) -> str:
    """`files/machine/NAME.sh`, one of a replacement's own."""
    title, body = _parts(name)
    kept = _for_a_person(KEPT[name]) if name in KEPT else ""
    return title + "\n" + _shared() + kept + body


@cache
def guarded(name: str) -> str:
    """`files/machine/NAME.sh` such that after its failure the old machine is put back."""
    title, body = _parts(name)
    said = '"$kept/said"'
    failed = f'[ "$status" -eq {LEFT_ALONE} ] || put_back "{WHY[name]} ($(tail -n 1 {said}))"'
    after = f'status=$?\ncat {said} >&2\n[ "$status" -eq 0 ] || {failed}\nexit "$status"\n'
    return f"{title}\n{_shared()}(\n{body}) 2>{said}\n{after}"


def _parts(name: str) -> tuple[str, str]:
    title, _, body = assets.text(f"machine/{name}.sh").partition("\n")
    return title, _bare(body)


def _shared() -> str:
    texts = {name: assets.text(f"machine/inside/{name}.sh") for name in INSIDE}
    texts["export"] = assets.text("volume/export.sh")
    inside = "".join(_heredoc(f"inside_{name}", "CARBON_FLEET_INSIDE", text) for name, text in texts.items())
    shared = "".join(assets.text(f"machine/{name}.sh") for name in ("lib", "way_in", "replaced", "again"))
    return _bare(shared + inside)


def _for_a_person(name: str) -> str:
    return _heredoc(f"{name}_text", f"CARBON_FLEET_{name.upper()}", _shared() + _parts(name)[1])


def _heredoc(function: str, end: str, text: str) -> str:
    return f"{function}() {{\ncat <<'{end}'\n{text}{end}\n}}\n"


def _bare(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))
