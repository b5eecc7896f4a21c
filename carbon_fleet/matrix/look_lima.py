"""What the look says of Lima's and Colima's instances; pure. `operations/lima` cites where the facts are from."""

from carbon_fleet.matrix.runtimes import Seen
from carbon_fleet.snapshot.section import Section
from operations.lima.listing import Instance, instances_in


def lima_seen(section: Section, kind: str, instance: str) -> Seen:
    """Lima or Colima (`kind`): the instance that runs, else one with a GPU, else the lab's own `instance`, or any."""
    version = section.get(kind) or None
    program = section.get(f"{kind}_program") or ""
    listed = instances_in(section, kind)
    if not listed or not program:
        return Seen(kind, False, version)
    one = sorted(listed, key=lambda each: _order(each, instance))[0]
    running = one.running if one.status else None
    trouble = "" if one.status else f"`{program} list --json` did not tell its state"
    return Seen(kind, True, version or one.version or None, running, program, "", one.name, trouble, one.kind)


def _order(one: Instance, instance: str) -> tuple[bool, bool, bool]:
    return not one.running, not one.gpu, one.name != instance
