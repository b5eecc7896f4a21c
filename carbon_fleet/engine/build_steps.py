"""What `podman build` says of its way: `STEP 3/7: RUN …`, after `[1/2] ` where there are several stages.

Source of the form: buildah, imagebuildah/executor.go and stage_executor.go.
"""

import re
from collections.abc import Callable

from carbon_fleet.report.part import Part

_STEP = re.compile(rb"(?:\[(\d+)/(\d+)\] )?STEP (\d+)/(\d+): (.*)")
MOST = 4096
"""Bytes of a line that are looked at; a progress bar may draw without ever ending one."""
SHOWN = 60


class BuildSteps:
    """Listens to a command's output and tells of each step of a build; of all else it tells nothing."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Tell by `tell`, with a `Part`."""
        self._tell, self._line = tell, b""

    def __call__(self, chunk: bytes) -> None:
        """Hear what came next; lines may be cut anywhere."""
        *lines, rest = (self._line + chunk).split(b"\n")
        self._line = rest[:MOST]
        for line in lines:
            match = _STEP.match(line)
            if match is not None:
                self._tell(_part(*match.groups()))


def _part(stage: bytes | None, stages: bytes | None, step: bytes, steps: bytes, what: bytes) -> Part:
    at, of = int(step), max(int(steps), 1)
    done = (int(stage or 1) - 1 + (at - 1) / of) / max(int(stages or 1), 1)
    where = f"stage {int(stage)} of {int(stages)}, " if stage and stages and stages != b"1" else ""
    words = what.decode(errors="replace").strip()
    words = f"{words[:SHOWN]}…" if len(words) > SHOWN else words
    return Part(f"{where}step {at} of {of}: {words}", done)
