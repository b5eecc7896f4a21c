"""A guest that is state only: a second sandbox with its own sshd and stand-ins for podman and systemd."""

import shutil
import subprocess
from pathlib import Path

from carbon_fleet.sim import guestroot, keys, sshd
from carbon_fleet.sim.sandbox import guest_command
from carbon_fleet.sim.simmac import SimMac
from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.vm import VMError, VMSpec


class ModelledVM:
    """Implements `carbon_fleet.sim.vm.VM`; boots in a fraction of a second."""

    def __init__(self, spec: VMSpec, mac: SimMac) -> None:
        self.spec = spec
        self.mac = mac
        self.process: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Make the disk on the first boot, then start the guest. Raises VMError."""
        root = self.spec.directory / "root"
        guestroot.make_guest(root, self.spec, first=not root.exists())
        keys.make_key(self.spec.directory / "host_key", "guest")
        shutil.copy(self.spec.directory / "host_key", root / "etc/ssh/host_key")
        self._configure(root)
        log = self.spec.directory / "console.log"
        node = self.spec.provider == "libkrun" and not (self.mac.shared / "faults/no-render-node").exists()
        command = guest_command(root, self._programs(), self.mac.shared, self._binds(root), render_node=node)
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*command, "/.sim/guest/.init"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            sshd.wait_for_banner("127.0.0.1", self.spec.ssh_port, log, self.running)
        except SimError as error:
            self.stop(hard=True)
            raise VMError(str(error)) from None

    def stop(self, hard: bool = False) -> None:
        """End the guest; what is on its disk stays. A guest that is state only has nothing to shut down gently."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def running(self) -> bool:
        """Whether the guest runs now."""
        return self.process is not None and self.process.poll() is None

    def init_pid(self) -> int | None:
        """None: its processes are the sandbox's."""
        return None

    def _programs(self) -> Path:
        return self.mac.directory.parent.parent / "programs"

    def _configure(self, root: Path) -> None:
        sshd.write_config(
            root / "etc/ssh/sshd_config",
            host="127.0.0.1",
            port=self.spec.ssh_port,
            host_key="/etc/ssh/host_key",
            authorized_keys="/etc/ssh/authorized_keys",
            environment="PATH=/usr/local/bin:/usr/sbin:/usr/bin",
        )

    def _binds(self, root: Path) -> list[tuple[Path, str]]:
        for _, target in self.spec.folders:
            (root / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
        return list(self.spec.folders)
