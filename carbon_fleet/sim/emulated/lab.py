"""What a lab of emulated Macs has besides them: the registry, the machine's disk, and what runs it."""

import json
from pathlib import Path

from carbon_fleet.sim import rootfs
from carbon_fleet.sim.emulated import disk
from carbon_fleet.sim.emulated.prebuilt import references
from carbon_fleet.sim.emulated.systems import EMULATOR
from carbon_fleet.sim.registry import Services

EMULATOR_PLACE = "/.host/emulator"
MACHINE_PLACE = "/Users/Shared/podman-machine"
"""Where a Mac sees the folder of the machine's disk."""
IMAGE = f"{MACHINE_PLACE}/{disk.DISK}"
"""The machine's image, for the lab file."""
REFERENCES = "images.json"
"""Below the services' folder: the images of the lab's registry, name to reference by digest."""


class Emulation:
    """Starts the services; tells each Mac of them. Raises VMError, with the remedy, where this machine cannot."""

    def __init__(self, directory: Path) -> None:
        self._shown = {EMULATOR_PLACE: rootfs.root(EMULATOR), MACHINE_PLACE: disk.machine()}
        self._version = disk.podman_version()
        self._running = Services(directory)
        self.services = self._running.start()
        (directory / REFERENCES).write_text(json.dumps(references(directory)))

    def prepare(self, shared: Path) -> dict[str, Path]:
        """Write what the stand-ins of one Mac need into its `shared` folder; return what it sees, read-only."""
        (shared / "versions.json").write_text(json.dumps({"podman": self._version}))
        (shared / "emulated").write_text(f"REGISTRY={self.services.registry_port}\nMACHINE={MACHINE_PLACE}\n")
        return self._shown

    def stop(self) -> None:
        """End the services."""
        self._running.stop()
