"""What `deploy.py` does under pyinfra's own CLI: an operation per resource, all sharing one look at the Mac."""

import sys
from collections.abc import Sequence
from typing import Any

from carbon_fleet.plan import Resource
from carbon_fleet.plan.registry import naming


def converge(order: Sequence[Resource[Any, Any]]) -> None:
    """Add an operation for each resource, in order, to the host pyinfra is preparing; outside pyinfra do nothing."""
    if naming() or "pyinfra" not in sys.modules:
        return
    from pyinfra.context import ctx_host

    if not ctx_host.isset():
        return
    from carbon_fleet.engine.operation import converge as operation

    for resource in order:
        operation(resource=resource, name=f"{resource.name} is as the lab file says")
        for other in order:
            if other.name in resource.unsettles:
                operation(resource=other, name=f"{other.name} is as the lab file says, after {resource.name}")
