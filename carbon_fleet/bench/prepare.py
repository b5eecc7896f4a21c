"""Brings the model to a Mac and into its virtual machine: the very same bytes for every path, checked at each run."""

import base64
import shlex
from collections.abc import Callable

from carbon_fleet import assets
from carbon_fleet.bench.model import Model
from carbon_fleet.bench.trouble import CannotMeasure, last_line
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Command, guest, mac, shell
from carbon_fleet.snapshot import Hop

Ask = Callable[[Command], Ran]
PIECE = 4 << 20
"""Bytes of a local model sent at once: small enough for memory, large enough that the way there does not count."""
FETCH_SECONDS = 4 * 3600
HAND_ON_SECONDS = 1800
LOOK_SECONDS = 300


def bring(model: Model, ask: Ask, hop: Hop, must_hold: Callable[[int], None], say: Callable[[str], None]) -> str:
    """Have the model on the Mac and in its machine; its path on the Mac. Raises `CannotMeasure`.

    `must_hold` is told how many bytes the model has, before the machine gets them.
    """
    path = _fetch(model, ask, say) if model.url else _send(model, ask, say)
    size = _size(path, ask)
    must_hold(size)
    _hand_on(model, path, size, ask, hop, say)
    return path


def _fetch(model: Model, ask: Ask, say: Callable[[str], None]) -> str:
    say("have the model on the Mac (fetched once)")
    argv = shell(assets.text("bench/fetch.sh"), model.sha256, str(model.bytes), model.url)
    remedy = "mend what it names, or name another model: --model URL|PATH --sha256 SHA256"
    return _told(ask(mac(*argv, deadline=FETCH_SECONDS)), "MODEL_NOT_FETCHED", remedy)


def _send(model: Model, ask: Ask, say: Callable[[str], None]) -> str:
    def take(verb: str, *more: str, stdin: str | None = None) -> str:
        argv = shell(assets.text("bench/take.sh"), verb, model.sha256, *more)
        ran = ask(mac(*argv, stdin=stdin, deadline=LOOK_SECONDS))
        return _told(ran, "MODEL_NOT_SENT", "mend what it names and run again: it goes on where it was")

    state, _, where = take("look", str(model.bytes)).partition(" ")
    if state == "ready":
        return where
    if not where.isdigit():
        raise CannotMeasure("MODEL_NOT_SENT", f"the Mac answered {f'{state} {where}'[:80]!r}", "run again")
    say("send the model to the Mac (once)")
    if model.path is None:
        raise ValueError("a model without URL has a path")
    with model.path.open("rb") as file:
        offset = min(int(where), model.bytes)
        file.seek(offset)
        while piece := file.read(PIECE):
            take("add", str(offset), stdin=base64.b64encode(piece).decode())
            offset += len(piece)
    return take("end")


def _size(path: str, ask: Ask) -> int:
    said = _told(ask(mac(*shell('wc -c <"$1"', path))), "MODEL_NOT_FETCHED", "run again")
    return int(said) if said.strip().isdigit() else 0


def _hand_on(model: Model, path: str, size: int, ask: Ask, hop: Hop, say: Callable[[str], None]) -> None:
    code, remedy = "MODEL_NOT_IN_MACHINE", "mend what it names and run again"
    argv = shell(assets.text("bench/keep.sh"), "look", model.sha256, str(size))
    if _told(ask(guest(*argv, deadline=LOOK_SECONDS)), code, remedy) == "ready":
        return
    say("copy the model into the machine (once)")
    line = shlex.join(shell(assets.text("bench/keep.sh"), "put", model.sha256, str(size)))
    handed = mac(
        *shell(assets.text("bench/hand-on.sh"), path, hop.identity, str(hop.port), line), deadline=HAND_ON_SECONDS
    )
    _told(ask(handed), code, remedy)


def _told(ran: Ran, code: str, remedy: str) -> str:
    """The last line of standard output of a command that ended well."""
    if ran.status != 0:
        raise CannotMeasure(code, last_line(ran), remedy)
    return ran.out[-1].strip() if ran.out else ""
