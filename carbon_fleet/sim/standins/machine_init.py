"""`podman machine init`: everything of a machine but its running VM (podman `pkg/machine/shim`)."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys

from . import connections, downloads
from .disk import facts, fail, read_json, write_json, write_text
from .flags import Flags, at_most
from .machine_store import ZERO_TIME, visible
from .podman_env import PROVIDERS, VM_TYPES, Env
from .podman_machine import DEFAULT_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPEC: dict[str, type] = {
    "cpus": int, "disk-size": int, "memory": int, "timezone": str, "username": str, "image": str, "image-path": str,
    "volume": list, "usb": list, "volume-driver": str, "ignition-path": str, "rootful": bool, "now": bool,
    "user-mode-networking": bool,
}  # fmt: skip
_SINCE: dict[str, tuple[tuple[int, ...], type]] = {
    "playbook": ((5, 4), str), "swap": ((5, 6), int), "tls-verify": ((5, 7), bool), "provider": ((6, 0), str),
    "update-connection": ((6, 0), bool), "import-native-ca": ((6, 0), bool),
}  # fmt: skip
_SHORT = {"m": "memory", "s": "swap", "v": "volume", "u": "update-connection"}


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Create the machine; with --now start it."""
    spec = {**_SPEC, **{name: kind for name, (since, kind) in _SINCE.items() if env.release >= since}}
    flags = Flags("podman machine init", spec, {k: v for k, v in _SHORT.items() if v in spec})
    names = at_most(1, flags.parse(argv))
    name = names[0] if names else DEFAULT_NAME
    provider = flags.get("provider") or env.provider()
    if provider not in PROVIDERS:
        fail(f'Error: unsupported provider "{provider}"', 125)
    _check(env, name, flags)
    _create(env, name, provider, flags)
    sys.stdout.write("Machine init complete\n")
    if flags.get("now"):
        from . import machine_start

        return machine_start.run(env, "start", [name])
    extra = f" {name}" if name != DEFAULT_NAME else ""
    sys.stdout.write(f"To start your machine run:\n\n\tpodman machine start{extra}\n\n")
    return 0


def _check(env: Env, name: str, flags: Flags) -> None:
    if len(name) > 30:
        fail(f'Error: machine name "{name}" must be 30 characters or less', 125)
    if not re.fullmatch("[a-zA-Z0-9][a-zA-Z0-9_.-]*", name):
        fail(f'Error: invalid name "{name}": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument', 125)
    if name.lower() in VM_TYPES:
        fail(f'Error: cannot use "{name}" for a machine name', 125)
    if name in visible(env):
        fail(f"Error: {name}: VM already exists", 125)
    for entry in connections.entries(env):
        if entry in (name, f"{name}-root"):
            remedy = "consider a different machine name or remove the connection with `podman system connection rm`"
            fail(f'Error: system connection "{entry}" already exists. {remedy}', 125)
    check_resources(env, facts(), flags.get("cpus"), flags.get("memory"))


def check_resources(env: Env, mac: dict[str, str], cpus: int | None, memory: int | None) -> None:
    """What init and set refuse of CPUs (≥6.0) and memory (≥5.2), in MiB; podman 5 tells the host's in bytes."""
    host = int(mac["MEMSIZE"])
    if memory and memory * 1024**2 > host:
        shown = host // 1024**2 if env.major >= 6 else host
        fail(f"Error: requested amount of memory ({memory} MB) greater than total system memory ({shown} MB)", 125)
    if env.major >= 6 and cpus and cpus > int(mac["NCPU"]):
        fail(f"Error: requested number of CPUs ({cpus}) greater than number of host CPUs ({mac['NCPU']})", 125)


def _create(env: Env, name: str, provider: str, flags: Flags) -> None:
    for directory in (f"{env.config}/{provider}", f"{env.data}/{provider}/cache", env.run):
        os.makedirs(directory, exist_ok=True)
    for lock in (f"{env.config}/{provider}/{name}.lock", f"{env.data}/port-alloc.lck", f"{env.connections}.lock"):
        with open(lock, "a"):
            pass
    if not os.path.exists(env.identity):
        subprocess.run(
            ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", env.identity], check=True
        )
    settings = env.settings()
    port = allocate_port(env)
    image = flags.get("image") or flags.get("image-path") or ""
    _check_image(image)
    if not image:
        _keep_image(f"{env.data}/{provider}/cache", f"{env.major}.{env.minor}")
    want = {**_defaults(settings), **flags.given}
    if env.major >= 6 and "volume" not in flags.given and "volumes" not in settings:
        want["volume"] = [*want["volume"], f"{env.config_home}/containers:/etc/containers"]
    data = _document(env, name, provider, port, want)
    _disk(data["ImagePath"]["Path"], data["Resources"]["DiskSize"])
    write_json(f"{env.config}/{provider}/{name}.ign", {"ignition": {"version": "3.2.0"}})
    write_json(f"{env.config}/{provider}/{name}.json", data)
    user = data["SSH"]["RemoteUsername"]
    connections.add_machine(env, name, port, user, data["HostUser"]["Rootful"], env.identity)
    if flags.get("update-connection"):
        connections.set_default(env, f"{name}-root" if data["HostUser"]["Rootful"] else name)


def _check_image(image: str) -> None:
    """A file must be there; an address is asked only where downloads are real."""
    if downloads.real() and not os.path.exists(image):
        _fetch_image(image)
    if image and not image.startswith(("docker://", "http")) and not os.path.exists(image):
        fail(f"Error: faccessat {image}: no such file or directory", 125)


def _keep_image(cache: str, version: str) -> None:
    """What podman keeps of the disk it chose itself: named by the digest of its manifest, the one before removed."""
    kept = f"{hashlib.sha256(f'machine-os {version}'.encode()).hexdigest()}.raw.zst"
    if not os.path.exists(f"{cache}/{kept}"):
        for name in os.listdir(cache):
            os.unlink(f"{cache}/{name}")
        write_text(f"{cache}/{kept}", "modelled\n")


def _fetch_image(image: str) -> None:
    """The disk at an address, as podman takes it; a registry's image as far as whether the registry is reached."""
    host = image.removeprefix("docker://").partition("/")[0] or "quay.io"
    url = image if image.startswith("http") else f"https://{host}/v2/"
    try:
        disk = downloads.get(url)
    except downloads.Unreached as error:
        fail(f"Error: {error}", 125)
    if not disk.startswith(bytes.fromhex("28b52ffd")):
        fail(f"Error: {url}: the disk is not compressed with zstd", 125)


def _defaults(settings: dict[str, Any]) -> dict[str, Any]:
    volumes = settings.get("volumes", ["/Users:/Users", "/private:/private", "/var/folders:/var/folders"])
    return {
        "cpus": settings.get("cpus") or int(facts()["NCPU"]) // 2, "memory": settings.get("memory") or 2048,
        "disk-size": settings.get("disk_size") or 100, "username": settings.get("user") or "core", "volume": volumes,
    }  # fmt: skip


def _document(env: Env, name: str, provider: str, port: int, want: dict[str, Any]) -> dict[str, Any]:
    now = datetime.datetime.now().astimezone().isoformat()
    data: dict[str, Any] = {
        "Created": now,
        "GvProxy": {"Debug": False, "MTU": 0, "LogFile": "", "PidFile": "", "SSHPort": 0},
        "HostUser": {"Rootful": bool(want.get("rootful")), "UID": os.getuid(), "HostUserModified": False},
        "LastUp": ZERO_TIME,
        "Mounts": [_mount(volume) for volume in want["volume"] if volume],
        "Name": name,
        "Resources": {"CPUs": want["cpus"], "DiskSize": want["disk-size"], "Memory": want["memory"], "USBs": []},
        "SSH": {"IdentityPath": env.identity, "Port": port, "RemoteUsername": want["username"]},
        "Version": 1,
        **({"Swap": want.get("swap", 0)} if env.release >= (5, 6) else {}),
        "ImagePath": {"Path": f"{env.data}/{provider}/{name}-arm64.raw"},
        **_hypervisor(env, name, provider, want),
        "Starting": False,
        "Rosetta": False,
        "Ansible": None,
    }
    if env.major >= 6:
        data["ImportNativeCA"] = bool(want.get("import-native-ca"))
    return data


def _mount(volume: str) -> dict[str, Any]:
    source, _, rest = volume.partition(":")
    target, _, options = rest.partition(":")
    target = target or source
    tag = hashlib.sha256(target.encode()).hexdigest()[:36]
    return {"OriginalInput": "", "ReadOnly": "ro" in options.split(","), "Source": source, "Tag": tag,
            "Target": target, "Type": "virtiofs", "VSockNumber": None}  # fmt: skip


def _hypervisor(env: Env, name: str, provider: str, want: dict[str, Any]) -> dict[str, Any]:
    store = f"{env.data}/{provider}/efi-bl-{name}"
    helper: dict[str, Any] = {
        "LogLevel": "panic", "Endpoint": f"http://localhost:{_free()}", "BinaryPath": None,
        "VirtualMachine": {"vcpus": want["cpus"], "memoryBytes": want["memory"] * 1024**2, "bootloader": {
            "kind": "efiBootloader", "efiVariableStorePath": store, "createVariableStore": True}},
        "Rosetta": False,
    }  # fmt: skip
    if provider == "libkrun":
        return {"LibKrunHypervisor": {"KRun": helper}}
    return {"AppleHypervisor": {"Vfkit": helper}}


def _disk(path: str, gib: int) -> None:
    with open(path, "w") as raw:
        raw.write(f"CARBON-SIM-DISK {secrets.token_hex(8)}\n")
        raw.truncate(gib * 1024**3)


def _free() -> int:
    # Below the ports a kernel gives to outgoing connections: a machine keeps its ports while it is stopped, too.
    while True:
        port = 10_000 + secrets.randbelow(22_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def allocate_port(env: Env) -> int:
    """A free ssh port, noted in port-alloc.dat."""
    path = f"{env.data}/port-alloc.dat"
    taken: list[int] = read_json(path, [])
    port = _free()
    while port in taken:
        port = _free()
    write_text(path, json.dumps([*taken, port], separators=(",", ":")) + "\n")
    return port


def release_port(env: Env, port: int) -> None:
    """Give a port back."""
    path = f"{env.data}/port-alloc.dat"
    kept = [taken for taken in read_json(path, []) if taken != port]
    write_text(path, json.dumps(kept, separators=(",", ":")) + "\n")
