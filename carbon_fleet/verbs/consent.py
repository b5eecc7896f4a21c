"""What a run may do on which Macs that cannot be undone, as the command line says it: each by a Mac's exact name."""

from collections.abc import Mapping, Sequence

from carbon_fleet.spec import Lab
from carbon_fleet.verbs.choice import consenting
from operations._moves import CONSENT as MOVE
from operations.machine.kept import PURGE
from operations.machine.replacement import LEAVE
from operations.stack.volumes import CONSENT

KINDS = (CONSENT, LEAVE, PURGE, MOVE)
"""The consents besides the one to replace a machine; the option of each is `--NAME`."""
NONE: tuple[tuple[str, ...], ...] = ((),) * len(KINDS)
"""No Mac for any of them."""
Consents = Mapping[str, frozenset[str]]
"""The Macs of each consent, by its name."""


def consents(lab: Lab, *macs: Sequence[str]) -> Consents:
    """The `macs` of each of KINDS, in order; a name that is no Mac's ends the verb with 64."""
    pairs = zip(KINDS, macs, strict=True)
    return {kind: frozenset(consenting(lab, names, f"--{kind}")) for kind, names in pairs}


def given(consents: Consents, mac: str) -> frozenset[str]:
    """What was consented to for one Mac."""
    return frozenset(kind for kind, macs in consents.items() if mac in macs)
