"""The `lima` section, typed: the instance that is meant, and what its virtual machine says of itself."""

from dataclasses import dataclass

from carbon_fleet.snapshot import Section
from operations.lima.listing import Instance, instances_in, trouble_in


@dataclass(frozen=True)
class LimaSeen:
    """Lima or Colima on a Mac, and of its `instances` the one that is meant.

    `program` is where limactl or colima is (empty: nowhere), `trouble` why its listing failed. `render`, `engine` (with
    its version) and `image` (there, other, absent) are known of a running one with a GPU; `closed` is why not.
    """

    program: str = ""
    instances: tuple[Instance, ...] = ()
    name: str = "default"
    trouble: str = ""
    render: bool | None = None
    engine: str = ""
    image: str = ""
    closed: str = ""

    @property
    def instance(self) -> Instance | None:
        """The one that is meant; None: there is none of that name."""
        return next((one for one in self.instances if one.name == self.name), None)


def read(section: Section) -> LimaSeen:
    """Type the `lima` section. Raises `Unreadable`."""
    kind = section.need("kind")
    inside = section.blocks.get("inside")
    said = dict(line.split("=", 1) for line in inside.out if "=" in line) if inside and inside.status == 0 else {}
    closed = ""
    if inside is not None and "render" not in said:
        closed = next((line for line in reversed(inside.err) if line.strip()), f"status {inside.status}")[:300]
    return LimaSeen(
        program=section.get(f"{kind}_program") or "",
        instances=instances_in(section, kind),
        name=section.need("name"),
        trouble=trouble_in(section, kind),
        render=said["render"] == "yes" if "render" in said else None,
        engine=said.get("engine", ""),
        image=said.get("image", ""),
        closed=closed,
    )
