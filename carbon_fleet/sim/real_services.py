"""What a lab with real VMs has besides them: a registry and a mirror, started once and ended with the lab."""

from pathlib import Path

from carbon_fleet.sim.vm import VM, VMSpec


class RealServices:
    """Starts the services; makes VMs that use them. Raises VMError, with the remedy, where this machine cannot."""

    def __init__(self, directory: Path) -> None:
        # not at the top: a lab with modelled VMs must not need what these import
        from carbon_fleet.sim import mirror
        from carbon_fleet.sim.registry import Services

        mirror.mesa_tarball()
        self._running = Services(directory)
        self.services = self._running.start()

    def make_vm(self, spec: VMSpec) -> VM:
        """One VM."""
        from carbon_fleet.sim.real_vm import RealVM

        return RealVM(spec, self.services)

    def stop(self) -> None:
        """End the services."""
        self._running.stop()
