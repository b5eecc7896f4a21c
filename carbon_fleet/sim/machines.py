"""The virtual machines of one simulated Mac, as its krunkit and gvproxy ask for them.

Requests on /.sim/mac/vm.sock (JSON lines): `boot` (the connection is then the VM's life line: end of file pulls the
plug), `stop`, `guest-port`, `remove`; `published` (what gvproxy has to listen on) and `connect` (the connection then is
one to that port of the VM).
"""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carbon_fleet.sim import published
from carbon_fleet.sim.emulated.processes import end_hypervisors, hypervisors
from carbon_fleet.sim.jsonlines import answer
from carbon_fleet.sim.modelled_vm import ModelledVM
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_services import RealServices
from carbon_fleet.sim.simmac import SimMac
from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.vm import VM, VMSpec


class MacVM:
    """At most one running VM (Podman allows one per user); any number of disks."""

    def __init__(self, mac: SimMac, kind: str) -> None:
        self.mac = mac
        self.kind = kind
        self.vm: VM | None = None
        self.spec: VMSpec | None = None
        self.lifeline: asyncio.StreamWriter | None = None
        self.krunkit: asyncio.StreamReader | None = None
        self.services: RealServices | None = None
        self.init: int | None = None

    def status(self) -> dict[str, Any]:
        """For `sim status`."""
        if self.kind == "emulated":
            return {"vm": next(iter(hypervisors(self.mac.sandbox_pid)), None), "vm_port": None}
        return {"vm": self.spec.name if self.spec else None, "vm_port": self.spec.ssh_port if self.spec else None}

    async def handle(self, request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of the Mac's stand-ins."""
        operation = request["op"]
        if operation == "boot":
            await self._live(request, reader, writer)
        elif operation == "guest-port":
            answer(writer, port=self.spec.ssh_port if self.spec else None)
        elif operation == "published":
            answer(writer, places=await asyncio.to_thread(self._published))
        elif operation == "connect":
            await self._connect(request["port"], reader, writer)
        elif operation == "stop":
            await self.stop(hard=bool(request.get("hard")))
            answer(writer, ok=True)
        elif operation == "remove":
            shutil.rmtree(self._disk(request["disk"]), ignore_errors=True)
            answer(writer, ok=True)
        else:
            raise SimError(f"unknown request {operation!r}")

    async def _live(self, request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while self.vm is not None:
            # A krunkit that died takes its VM along at once; a boot it had begun here takes a moment to be undone.
            if self.krunkit is None or not self.krunkit.at_eof():
                raise SimError("a VM runs already on this Mac")
            await asyncio.sleep(0.02)
        self.spec = self._spec(request)
        self.vm = self._make(self.spec)
        self.lifeline, self.krunkit = writer, reader
        try:
            await asyncio.to_thread(self.vm.boot)
            answer(writer, booted=True)
            await reader.read()
        finally:
            if self.lifeline is writer:
                await self.stop(hard=True)

    def _published(self) -> list[tuple[str, int]] | None:
        """Addresses of the Mac, with ports; None where nothing is ever published, in a VM that is not real.

        The Macs of a lab share one 127.0.0.1; what is for the network is also where a Mac is reached.
        """
        if self.kind != "real":
            return None
        try:
            found = published.ports(self._init()).items()
        except OSError:
            return []
        return [
            (host, port) for port, own in found for host in ("127.0.0.1", *([] if own else [self.mac.address.host]))
        ]

    def _init(self) -> int:
        """This machine's process id of the guest's systemd. Raises OSError when none runs."""
        if self.init is None and self.vm is not None:
            self.init = self.vm.init_pid()
        if self.init is None:
            raise ProcessLookupError
        return self.init

    async def _connect(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside = await asyncio.to_thread(published.connect, self._init(), port)
        far_reader, far_writer = await asyncio.open_connection(sock=inside)
        answer(writer, ok=True)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        far_writer.close()

    async def stop(self, hard: bool) -> None:
        """Shut the running VM down and tell its krunkit by closing the life line. An emulated one is always killed."""
        if self.kind == "emulated":
            end_hypervisors(self.mac.sandbox_pid)
        vm, lifeline = self.vm, self.lifeline
        self.vm = self.spec = self.lifeline = self.init = None
        if vm is not None:
            await asyncio.to_thread(vm.stop, hard)
        if lifeline is not None:
            lifeline.close()

    def _disk(self, disk: str) -> Path:
        if not disk.isalnum():
            raise SimError(f"not a disk's name: {disk!r}")
        return self.mac.directory / "vms" / disk

    def _spec(self, request: dict[str, Any]) -> VMSpec:
        return VMSpec(
            name=request["name"],
            directory=self._disk(request["disk"]),
            ssh_port=free_port(),
            authorized_key=request["authorized_key"],
            cpus=request["cpus"],
            memory_mib=request["memory_mib"],
            rootful=request["rootful"],
            provider=request["provider"],
            folders=tuple(self._folders(request["mounts"])),
        )

    def _folders(self, mounts: list[dict[str, str]]) -> Iterator[tuple[Path, str]]:
        top = self.mac.root.resolve()
        for mount in mounts:
            source = (top / mount["Source"].lstrip("/")).resolve()
            if source.is_dir() and source.is_relative_to(top):
                yield source, mount["Target"]

    def _make(self, spec: VMSpec) -> VM:
        if self.kind == "real":
            assert self.services is not None
            return self.services.make_vm(spec)
        return ModelledVM(spec, self.mac)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one end to the other, then that there is no more."""
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()
