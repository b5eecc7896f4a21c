"""How long a whole proof may take; pure."""

import math
from collections.abc import Mapping

VARIABLE = "CARBON_PROVE_SECONDS"
SECONDS = 120.0
"""What a whole proof may take unless the container's environment says otherwise."""
GRACE = 15
"""Seconds more, in which vulkan-check itself says what hung."""
LONGEST = 3600.0


def seconds_of(environment: Mapping[str, str]) -> float:
    """The proof's own deadline (seconds) in a container of this environment; what is no such number is not obeyed."""
    try:
        seconds = float(environment.get(VARIABLE, SECONDS))
    except ValueError:
        return SECONDS
    return seconds if 0 < seconds <= LONGEST else SECONDS


def patience(environment: Mapping[str, str]) -> int:
    """How many seconds to wait for the proof's answer."""
    return math.ceil(seconds_of(environment)) + GRACE
