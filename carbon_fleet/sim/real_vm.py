"""A VM with real systemd, sshd and podman: namespaces on this machine, not a hypervisor (docs/simulation.md)."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from carbon_fleet.sim import gpu, guest_config, network, nvidia, packages, processes, rootfs
from carbon_fleet.sim.keeper import Plan
from carbon_fleet.sim.registry import LabServices
from carbon_fleet.sim.vm import VMError, VMSpec

_BOOT_SECONDS = 60
_POWEROFF_SECONDS = 20
_POWEROFF = signal.SIGRTMIN + 4
"""systemd's signal for an orderly power-off (systemd(1), Signals)."""


class RealVM:
    """One VM. It lives as long as the process that booted it; any process of the same user may ask or stop it."""

    def __init__(self, spec: VMSpec, services: LabServices) -> None:
        self._spec = spec
        self._services = services
        self._directory = spec.directory.absolute()
        self._keeper: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Start systemd and wait for its sshd. Raises VMError with the end of the console when it does not answer."""
        self._refuse()
        root = rootfs.root(rootfs.LINUX if self._spec.provider == nvidia.PROVIDER else rootfs.GUEST)
        self._prepare()
        plan = self._directory / "plan.json"
        plan.write_text(json.dumps(self._plan(root)))
        self._keeper = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", *processes.keeper(plan)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        (self._directory / "keeper.pid").write_text(str(self._keeper.pid))
        try:
            self._wait_for_ssh()
        except VMError:
            self.stop(hard=True)
            raise

    def stop(self, hard: bool = False) -> None:
        """Power the guest off, or pull its plug when `hard` or when that takes long. Raises VMError if it survives."""
        keeper = self._keeper_pid()
        if keeper is None:
            return
        init = None if hard else self.init_pid()
        if init is not None:
            processes.send(init, _POWEROFF)
            self._wait_until_gone(_POWEROFF_SECONDS)
        if self.running():
            processes.send(keeper, signal.SIGTERM)
            self._wait_until_gone(_POWEROFF_SECONDS)
        if self.running():
            raise VMError(f"the VM {self._spec.name} does not stop: end process {keeper} (kill -9 {keeper}).")

    def running(self) -> bool:
        """Whether the guest's processes live now."""
        return self._keeper_pid() is not None

    def init_pid(self) -> int | None:
        """Return this machine's process id of the guest's systemd, for looking into the guest from outside."""
        keeper = self._keeper_pid()
        for child in processes.children(keeper) if keeper else []:
            if "--kill-child" in processes.arguments(child):
                return next(iter(processes.children(child)), None)
        return None

    def _refuse(self) -> None:
        if os.geteuid() != 0:
            raise VMError("a real VM needs root (namespaces, mounts): run this with sudo, or use `--vm modelled`.")
        if self.running():
            raise VMError(f"the VM {self._spec.name} runs already.")
        if missing := packages.missing():
            raise VMError(f"the simulated lab needs packages this machine lacks: apt-get install {' '.join(missing)}")
        if reason := processes.port_taken(self._spec.ssh_port):
            raise VMError(
                f"127.0.0.1:{self._spec.ssh_port} is taken by another program ({reason}): "
                f"the VM {self._spec.name} needs it for ssh. End that program, or give the VM another port."
            )

    def _prepare(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._directory).free < 2 << 30:
            raise VMError(f"less than 2 GiB are free at {self._directory}: the VM's disk needs them.")
        for name in ("disk/upper", "disk/work", "disk/containers", "disk/core", "root", "cgroup"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        os.chown(self._directory / "disk/core", 501, 1000)
        for name in ("config", "gpu"):
            shutil.rmtree(self._directory / name, ignore_errors=True)
        (self._directory / "console.log").unlink(missing_ok=True)
        if self._spec.provider == "libkrun":
            (self._directory / "gpu").mkdir()
        guest_config.write(self._spec, self._services, self._directory / "config")
        shown = "".join(f"{here}\t{target}\n" for here, target in self._spec.folders)
        (self._directory / "folders").write_text(shown)
        nodes = nvidia.NODES if self._spec.provider == nvidia.PROVIDER else ()
        (self._directory / "nodes").write_text("".join(f"{name} {major} {minor}\n" for name, major, minor in nodes))

    def _plan(self, root: Path) -> Plan:
        here = self._directory
        group = f"carbon-fleet/{self._spec.name}-{hashlib.sha256(str(here).encode()).hexdigest()[:8]}"
        memory = str(self._spec.memory_mib)
        beside = [network.uplink(root, here / "netns", self._spec.ssh_port)]
        if self._spec.provider == "libkrun":
            beside.append(gpu.server(root, here / "gpu"))
        sweep = ["sh", str(rootfs.SCRIPTS / "sweep.sh"), str(here / "cgroup" / group)]
        return {
            "log": str(here / "console.log"),
            "prepare": [
                ["mount", "-t", "cgroup2", "none", str(here / "cgroup")],
                sweep,
                *network.create(here / "netns"),
            ],
            "beside": beside,
            "main": ["sh", str(rootfs.SCRIPTS / "boot.sh"), str(here), str(root), group, memory],
            "clean_up": [sweep],
        }

    def _wait_for_ssh(self) -> None:
        deadline = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < deadline and self.running():
            if processes.greets(self._spec.ssh_port):
                return
            time.sleep(0.05)
        end = self._directory / "console.log"
        last = "\n".join(end.read_text(errors="replace").splitlines()[-12:]) if end.exists() else ""
        raise VMError(f"the VM {self._spec.name} did not boot; the end of {end}:\n{last}")

    def _keeper_pid(self) -> int | None:
        if self._keeper is not None:
            # Asked first: the kernel shows no arguments yet in the moment a process replaces itself.
            return self._keeper.pid if self._keeper.poll() is None else None
        try:
            pid = int((self._directory / "keeper.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if str(self._directory / "plan.json") in processes.arguments(pid) else None

    def _wait_until_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.running():
            time.sleep(0.05)
