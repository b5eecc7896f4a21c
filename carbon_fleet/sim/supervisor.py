"""The one process a lab has: it keeps the Macs' sshds and boots VMs when their krunkit asks.

`python -m carbon_fleet.sim.supervisor DIRECTORY`. All sandboxes are its children and die with it. Single-threaded on
purpose: the kernel ties "die with your parent" to the parent's thread.
"""

import asyncio
import contextlib
import functools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from carbon_fleet.sim import itself, linux_host, programs, sshd, uv
from carbon_fleet.sim.emulated.lab import Emulation
from carbon_fleet.sim.jsonlines import answer, serve
from carbon_fleet.sim.machines import MacVM
from carbon_fleet.sim.process import start_time
from carbon_fleet.sim.real_services import RealServices
from carbon_fleet.sim.sandbox import mac_command
from carbon_fleet.sim.simmac import SimMac
from carbon_fleet.sim.state import LabState
from carbon_fleet.sim.userland.make import make_userland


class Supervisor:
    """Runs one lab until it is told to stop."""

    def __init__(self, state: LabState) -> None:
        self.state = state
        self.description = state.describe()
        self.stopping = asyncio.Event()
        self.macs = {mac.name: SimMac(state, mac) for mac in self.description.macs}
        self.vms = {name: MacVM(mac, self.description.vm) for name, mac in self.macs.items()}
        self.emulation: Emulation | None = None
        self.sshds: dict[str, asyncio.subprocess.Process] = {}

    async def run(self) -> None:
        """Bring the Macs up, answer until `stop`, take everything down."""
        os.chdir(self.state.directory)  # socket paths are relative: a Unix socket's path is 108 bytes at most
        userland, standins = self.state.directory / "userland", self.state.directory / "programs"
        make_userland(userland, self.description.shell)
        programs.lay_out(standins)
        async with contextlib.AsyncExitStack() as servers:
            if self.description.vm == "real" or self.description.linux:
                services = RealServices(self.state.directory / "services")
                servers.callback(services.stop)
                for vm in self.vms.values():
                    vm.services = services
                await self._start_linux(services, servers)
            if self.description.vm == "emulated":
                self.emulation = Emulation(self.state.directory / "services")
                servers.callback(self.emulation.stop)
            for name, mac in self.macs.items():
                path = mac.shared.relative_to(self.state.directory) / "vm.sock"
                await servers.enter_async_context(await serve(path, self.vms[name].handle))
                await self._start_mac(mac, userland, standins)
            for mac in self.macs.values():
                where = (mac.address.host, mac.address.port, mac.log)
                await asyncio.to_thread(sshd.wait_for_banner, *where, functools.partial(self._lives, mac.name))
            await servers.enter_async_context(await serve(Path("supervisor.sock"), self._control))
            await self.stopping.wait()
            await self._down()

    async def _start_linux(self, services: RealServices, ending: contextlib.AsyncExitStack) -> None:
        for address in self.description.linux:
            host = linux_host.make(self.state, address, services)
            ending.callback(host.stop, True)
            await asyncio.to_thread(host.boot)

    async def _start_mac(self, mac: SimMac, userland: Path, standins: Path) -> None:
        shown = self.emulation.prepare(mac.shared) if self.emulation else {}
        shown |= uv.prepare(mac.shared)
        shown |= itself.shown() if self.description.itself else {}
        command = mac_command(mac.root, userland, standins, mac.shared, shown)
        command += ["/.host/sbin/sshd", "-D", "-e", "-f", "/.sim/mac/sshd_config"]
        with mac.log.open("ab") as log:
            self.sshds[mac.name] = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )
        mac.sandbox_pid = self.sshds[mac.name].pid

    async def _control(
        self, request: dict[str, Any], _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        operation = request["op"]
        if operation == "stop":
            self.stopping.set()
        elif operation == "status":
            answer(writer, macs=[self._status(name) for name in self.macs])
            return
        else:
            await self.macs[request["mac"]].control(request, self.vms[request["mac"]])
        answer(writer, ok=True)

    def _lives(self, name: str) -> bool:
        return self.sshds[name].returncode is None

    def _status(self, name: str) -> dict[str, Any]:
        address, vm = self.macs[name].address, self.vms[name].status()
        return {"name": name, "host": address.host, "port": address.port, "ssh": self._lives(name), **vm}

    async def _down(self) -> None:
        await asyncio.gather(*(vm.stop(hard=True) for vm in self.vms.values()))
        for process in self.sshds.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await asyncio.gather(*(process.wait() for process in self.sshds.values()))


async def _main(directory: Path) -> None:
    state = LabState(directory)
    state.pid_file.write_text(f"{os.getpid()} {start_time(os.getpid())}\n")
    supervisor = Supervisor(state)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stopping.set)
    await supervisor.run()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
