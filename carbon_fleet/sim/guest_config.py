"""The files that make one guest this VM and no other: keys, provider, podman's settings, registries.

They are written below a directory that is copied over the guest's root at each boot.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

from carbon_fleet.sim import gpu, network, nvidia
from carbon_fleet.sim.registry import LabServices
from carbon_fleet.sim.vm import VMSpec

_CORE = (501, 1000)


def write(spec: VMSpec, services: LabServices, directory: Path) -> None:
    """Write the guest's own files below `directory`, owners and modes as the guest needs them."""
    for name, text in _files(spec, services).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    if spec.provider == nvidia.PROVIDER:
        nvidia.write(directory)
        (directory / "etc/podman-machine").unlink()
    if spec.host_key is not None:
        _host_key(spec.host_key, directory / "etc/ssh")
    _private(directory / "root", (0, 0))
    _private(directory / "home/core", _CORE)


def _files(spec: VMSpec, services: LabServices) -> dict[str, str]:
    key = spec.authorized_key.strip() + "\n"
    return {
        "etc/podman-machine": spec.provider,
        "etc/resolv.conf": f"nameserver {network.RESOLVER}\n",
        # One from the start: without it systemd would take every new disk for a first boot and change unit presets.
        "etc/machine-id": hashlib.sha256(f"{spec.directory.absolute()}\0{key}".encode()).hexdigest()[:32] + "\n",
        "etc/hostname": "localhost\n",
        "etc/hosts": f"127.0.0.1 localhost\n{network.HOST_ADDRESS} host.containers.internal host.docker.internal\n",
        "etc/containers/registries.conf.d/50-lab.conf": _registries(services),
        "usr/share/containers/containers.conf": _containers(spec),
        "root/.ssh/authorized_keys.d/ignition": key,
        "home/core/.ssh/authorized_keys.d/ignition": key,
    }


def _private(home: Path, owner: tuple[int, int]) -> None:
    home.chmod(0o700)
    for path in [home, *home.rglob("*")]:
        os.chown(path, *owner)
        if path.is_relative_to(home / ".ssh"):
            path.chmod(0o700 if path.is_dir() else 0o600)


def _host_key(key: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, mode in (("", 0o600), (".pub", 0o644)):
        place = folder / f"ssh_host_ed25519_key{suffix}"
        shutil.copy(f"{key}{suffix}", place)
        place.chmod(mode)


def _registries(services: LabServices) -> str:
    place = f"{network.HOST_ADDRESS}:{services.registry_port}"
    return (
        "".join(
            f'[[registry]]\nprefix = "{name}"\nlocation = "{place}"\ninsecure = true\n\n'
            for name in ("docker.io", "quay.io")
        )
        + f'[[registry]]\nlocation = "{place}"\ninsecure = true\n'
    )


def _containers(spec: VMSpec) -> str:
    settings: dict[str, object] = {
        # A machine below that withholds CAP_SYS_RESOURCE or the pids controller must not fail the guest's containers.
        "default_ulimits": ["nofile=1024:4096", "nproc=1000:1000"],
        "pids_limit": 0,
        "apparmor_profile": "unconfined",
        "host_containers_internal_ip": network.HOST_ADDRESS,
    }
    if spec.provider == "libkrun":
        settings |= gpu.containers_settings()
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
    return "[containers]\n" + "".join(lines)
