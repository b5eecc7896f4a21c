"""The commands that keep models where containers read them. What a host's cache holds goes there without us."""

from typing import Literal

from carbon_fleet import assets
from carbon_fleet.plan import Command, guest, shell
from carbon_fleet.snapshot.script import script_text
from operations.model.wish import FOLDER

CACHE, LINUX_CACHE = "Library/Caches/carbon-fleet", ".cache/carbon-fleet"
"""Below the login user's home: in its folder `models` a Mac, or a Linux host, keeps each by its sha256."""
CHECK_SECONDS = 900
"""Long enough to read a hundred gigabytes of a Mac's disk."""
PUT_SECONDS = 3600
PIECE = 1 << 20
"""Where a copy goes on is a multiple of this: what dd reads at once."""
Keeper = Literal["lab", "bench"]
"""Who brought a model: what a benchmark brought is not the lab file's to remove."""


def of_cache(name: str, *words: str) -> tuple[str, ...]:
    """A script of `files/model` that knows the host's cache (`cache.sh`), its first line first: people see that one."""
    head, _, rest = assets.text(f"model/{name}.sh").partition("\n")
    return shell(f"{head}\n{script_text('model/cache.sh')}{rest}", *words)


def check(sha256: str, keeper: Keeper) -> Command:
    """Read a model whole: note that it is right, or remove it. Says `ready`, or `absent` and a cut copy's bytes."""
    argv = shell(assets.text("model/keep.sh"), FOLDER, "check", sha256, keeper)
    return guest(*argv, deadline=CHECK_SECONDS, says="read the model in the machine")


def put(sha256: str, keeper: Keeper, there: int = 0) -> Command:
    """Copy a model from the Mac's cache into the machine; the one that is there stays unless this one is right.

    `there` are the bytes a copy that was cut off has left: it goes on at the last whole MiB of them.
    """
    argv = shell(assets.text("model/keep.sh"), FOLDER, "put", sha256, keeper)
    offset = there - there % PIECE
    fed = of_cache("give", sha256, str(offset))
    says = (
        f"copy the model into the machine ({offset >> 20} MiB are there)"
        if offset
        else "copy the model into the machine"
    )
    return guest(*argv, fed=fed, deadline=PUT_SECONDS, says=says)


def remove(sha256: str) -> Command:
    """Remove a model and its note from the machine."""
    argv = shell(assets.text("model/remove.sh"), FOLDER, sha256)
    return guest(*argv, deadline=300, says="remove the model from the machine")
