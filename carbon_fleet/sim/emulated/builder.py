"""A VM that builds the project's images with the commands apply would run in a guest."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import yaml

from carbon_fleet.plan import Change, Command, World, shell
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import keys, mirror, network
from carbon_fleet.sim.labfile import MESA_VERSION
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices
from carbon_fleet.sim.vm import VMError, VMSpec
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec.load import lab_from_text
from carbon_fleet.spec.mac import Mac
from operations import image
from operations.image import catalogue
from operations.image.recipe import recipe_of
from operations.image.wish import Images

_MEMORY_MIB = 4096
_PUSH_SECONDS = 900
_PUSH = """set -e
podman push --quiet --compression-format zstd --compression-level 3 --force-compression --digestfile "$2" "$1" "docker://$3"
cat "$2"
"""


class Builder:
    """As a context manager: the VM boots below `directory`, uses `services`, and is gone at the end."""

    def __init__(self, directory: Path, services: LabServices) -> None:
        self._key = directory / "key"
        public = keys.make_key(self._key, "builder")
        self._services = services
        self._spec = VMSpec("builder", directory / "vm", free_port(), public, 2, _MEMORY_MIB, True, "libkrun")
        self._vm = RealVM(self._spec, services)

    def __enter__(self) -> "Builder":
        self._vm.boot()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vm.stop(hard=True)

    def build(self, names: Sequence[str], ready: Mapping[str, str]) -> dict[str, str]:
        """Build the images `names` and what they are made from, push them; each one's reference by digest.

        What is `ready`, by name and reference, is brought in from the registry instead.
        """
        mac = self._wish(names, ready)
        world = World(mac, Snapshot(mac.name, guest=Guest.REACHED))
        for finding in image.differences(mac.section("images", Images), (), world):
            if isinstance(finding, Change):
                for command in finding.commands:
                    self.run(command)
        return {name: self._push(name, mac) for name in names}

    def _wish(self, names: Sequence[str], ready: Mapping[str, str]) -> Mac:
        mesa = {"MESA_VERSION": MESA_VERSION, "MESA_URL": f"{self._services.mirror_url}/{mirror.MESA_NAME}"}
        base = self._services.base_reference
        hard = {name: {"SOFTWARE": "no"} if "SOFTWARE" in catalogue.arguments(name) else {} for name in names}
        images = {
            **{name: {"base": base, "args": args} for name, args in hard.items()},
            "venus": {"base": base, "args": mesa},
            **{name: {"pull": reference} for name, reference in ready.items()},
        }
        wish = {"host": "127.0.0.1", "user": "lab", "accept_software_gpu": True, "images": images}
        return lab_from_text(yaml.safe_dump({"lab": "prebuilt", "macs": {"mac-01": wish}}), lab_sections()).macs[
            "mac-01"
        ]

    def _push(self, name: str, mac: Mac) -> str:
        recipe = recipe_of(name, mac)
        assert recipe is not None
        place = f"{network.HOST_ADDRESS}:{self._services.registry_port}"
        argv = shell(_PUSH, recipe.tag, f"/var/tmp/{name}.digest", f"{place}/carbon/{name}")
        return f"docker.io/carbon/{name}@{self.run(Command(argv, deadline=_PUSH_SECONDS, says=f'push {name}')).strip()}"

    def run(self, command: Command) -> str:
        """Run a command as root in the VM; what it prints. Raises VMError with its last words."""
        options = ["-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        options += ["-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-i", str(self._key), "-p", str(self._spec.ssh_port)]
        line = ["ssh", *options, "root@127.0.0.1", shlex.join(command.argv)]
        try:
            done = subprocess.run(
                line, input=command.stdin or "", capture_output=True, text=True, check=False, timeout=command.deadline
            )
        except subprocess.TimeoutExpired as error:
            raise VMError(f"{command.says} took more than {command.deadline} s") from error
        if done.returncode:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
            raise VMError(f"{command.says} failed with exit status {done.returncode}; its last words:\n{last}")
        return done.stdout
