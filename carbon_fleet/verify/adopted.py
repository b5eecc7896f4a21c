"""The instance of Lima or Colima that a Mac runs by, as the suite asks for it: what the lab file says, nothing seen."""

from dataclasses import dataclass

from carbon_fleet import assets
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew import Homebrew
from operations.image.recipe import Recipe, recipe_of
from operations.lima.commands import inside
from operations.lima.listing import COLIMA, folder_of
from operations.lima.wish import Lima

CHECK_IMAGE = "vulkan-check"
"""The image whose container proves."""


@dataclass(frozen=True)
class AdoptedInstance:
    """An instance of Lima or Colima (`kind`) that a Mac runs by: its name, and the image that proves, if it is wished.

    `path` is what has to stand before a command: Colima finds limactl by PATH.
    """

    kind: str
    name: str
    prefix: str
    recipe: Recipe | None

    @property
    def program(self) -> str:
        """Its program, found by `path`."""
        return "colima" if self.kind == COLIMA else "limactl"

    @property
    def path(self) -> str:
        """The words before a command."""
        return f'env PATH="{self.prefix}/bin:/usr/local/bin:$PATH"'

    @property
    def yaml(self) -> str:
        """Its lima.yaml, as a shell writes it."""
        place = "$HOME/.colima/_lima" if self.kind == COLIMA else "${LIMA_HOME:-$HOME/.lima}"
        return f'"{place}/{folder_of(self.kind, self.name)}/lima.yaml"'

    @property
    def engine(self) -> str:
        """The script that calls the engine inside."""
        return assets.text("lima/engine.sh")

    def inside(self, script: str, *arguments: str) -> tuple[str, ...]:
        """The words that run a script inside."""
        return inside(self.kind, self.program, self.name, script, *arguments)


def instances(mac: Mac) -> dict[str, AdoptedInstance]:
    """By its name; none for a Mac that runs by something else."""
    if not runtimes.adopted(mac):
        return {}
    name, prefix = mac.section("lima", Lima).instance, str(mac.section("homebrew", Homebrew).prefix)
    return {name: AdoptedInstance(mac.runtime, name, prefix, recipe_of(CHECK_IMAGE, mac))}
