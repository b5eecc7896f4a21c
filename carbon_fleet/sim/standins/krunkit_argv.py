"""The argument list podman gives krunkit (podman `pkg/machine/libkrun`)."""

from __future__ import annotations

from .machine_store import ZERO_TIME, Machine
from .podman_env import Env


def krunkit_argv(env: Env, machine: Machine) -> list[str]:
    """Without the program itself."""
    data, run = machine.data, env.run
    name, store = machine.name, f"{env.data}/{machine.provider}"
    devices = [
        f"virtio-blk,path={data['ImagePath']['Path']}",
        "virtio-rng",
        f"virtio-vsock,port=1025,socketURL={run}/{name}.sock,listen",
        f"virtio-serial,logFilePath={run}/{name}.log",
        f"virtio-net,unixSocketPath={run}/{name}-gvproxy.sock,mac=5a:94:ef:e4:0c:ee",
        *(f"virtio-fs,sharedDir={mount['Source']},mountTag={mount['Tag']}" for mount in data["Mounts"]),
    ]
    if data["LastUp"] == ZERO_TIME:  # podman's "first boot", until the first clean stop
        devices.append(f"virtio-vsock,port=1024,socketURL={store}/{name}-ignition.sock,listen")
    argv = ["--cpus", str(data["Resources"]["CPUs"]), "--memory", str(data["Resources"]["Memory"])]
    argv += ["--bootloader", f"efi,variable-store={store}/efi-bl-{name},create"]
    argv += [part for device in devices for part in ("--device", device)]
    if env.major >= 6:
        argv += ["--timesync", "vsockPort=1234"]
    argv += ["--restful-uri", f"tcp://{machine.endpoint}"]
    if env.release >= (5, 6):
        argv.append("--nested")
    return argv
