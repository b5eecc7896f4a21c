"""`health`: from when on the doctor says that a running machine is not well."""

from pydantic import Field

from carbon_fleet.spec.base import Wish
from carbon_fleet.spec.quantity import Size
from carbon_fleet.spec.window import WindowText


class Health(Wish):
    """What `health:` in a lab file may say. The clock's limit is `guest.clock_skew`, for that is kept by `apply`."""

    boots: int = Field(default=4, ge=1)
    """Boots of the machine in 24 hours, those that somebody asked for among them; more are `MACHINE_REBOOTS`."""
    disk_slack: Size = Size.parse("20GiB")
    """What the virtual disk may take of the Mac beyond what is used in it; more is `DISK_NOT_TRIMMED`."""
    memory_slack: Size = Size.parse("4GiB")
    """What krunkit may take beyond `machine.memory`, the GPU's buffers included; more is `KRUNKIT_MEMORY`."""
    use_hours: WindowText | None = None
    """When people work in the machine, by the Mac's own clock, such as `08:00-20:00`: outside of it, and only then,
    `doctor --fix` may restart a machine that is beyond `memory_slack`. Left out: never."""
