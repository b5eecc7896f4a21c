"""One simulated Mac as the supervisor handles it."""

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

from carbon_fleet.sim import keys, sshd
from carbon_fleet.sim.macroot import HOME, make_root, write_facts
from carbon_fleet.sim.process import command_line, descendants
from carbon_fleet.sim.sandbox import MAC_PATH
from carbon_fleet.sim.state import LabState, MacAddress, SimError

if TYPE_CHECKING:
    from carbon_fleet.sim.machines import MacVM


class SimMac:
    """The paths of a Mac and the signals its faults need."""

    def __init__(self, state: LabState, address: MacAddress) -> None:
        self.address = address
        self.name = address.name
        self.directory = state.mac(address.name)
        self.root = self.directory / "root"
        self.shared = self.directory / "sim"
        self.log = self.directory / "sshd.log"
        self.sandbox_pid = 0
        self.stranger: asyncio.Server | None = None

    def make(self, controller_key: str) -> str:
        """Make the Mac's disk and keys unless they are there; its known_hosts line."""
        (self.shared / "faults").mkdir(parents=True, exist_ok=True)
        make_root(self.root, controller_key)
        public = keys.make_key(self.shared / "host_key", self.name)
        if not (self.shared / "facts").exists():
            write_facts(self.shared / "facts", self.name)
        sshd.write_config(
            self.shared / "sshd_config",
            host=self.address.host,
            port=self.address.port,
            host_key="/.sim/mac/host_key",
            authorized_keys=f"{HOME}/.ssh/authorized_keys",
            environment=f"PATH={MAC_PATH}",
        )
        return keys.known_hosts_line(self.address.host, self.address.port, public)

    async def control(self, request: dict[str, Any], vm: "MacVM") -> None:
        """Do what only the supervisor can for a fault: freeze, thaw, reload, vm-kill, take-port, free-port."""
        operation = request["op"]
        if operation in _SIGNALS:
            os.kill(self._listener(), _SIGNALS[operation])
            if operation == "reload":
                await asyncio.sleep(0.1)
                await asyncio.to_thread(sshd.wait_for_banner, self.address.host, self.address.port, self.log, _always)
        elif operation == "vm-kill":
            await vm.stop(hard=True)
        elif operation == "take-port":
            self.stranger = await asyncio.start_server(_strange, "127.0.0.1", request["port"])
        elif operation == "free-port" and self.stranger:
            self.stranger.close()
        else:
            raise SimError(f"the supervisor knows no operation {operation!r}")

    def _listener(self) -> int:
        """The sshd that listens (sessions are its children)."""
        for pid in descendants(self.sandbox_pid):
            if "sshd_config" in command_line(pid) and "bwrap" not in command_line(pid):
                return pid
        raise SimError(f"{self.name}: its sshd is gone")


def _always() -> bool:
    return True


_SIGNALS = {"freeze": signal.SIGSTOP, "thaw": signal.SIGCONT, "reload": signal.SIGHUP}


async def _strange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(4096)
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\nnot for me")
    writer.close()
